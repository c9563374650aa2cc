"""Nabij: a self-hosted messaging bot for Dutch therapy and coaching practices."""
