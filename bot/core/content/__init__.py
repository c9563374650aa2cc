"""The content model, parsing and the linter's rules."""
