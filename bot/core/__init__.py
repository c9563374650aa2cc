"""The conversation core: pure decisions, no I/O, no clock, no settings; `now` is always an argument."""
