"""Rows: what is committed here is what Nabij has promised. Every function takes the caller's connection and commits
nothing itself; `Database.write` does."""
