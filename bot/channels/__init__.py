"""Channels: each parses what a platform sends and sends what the outbox holds, nothing else."""
