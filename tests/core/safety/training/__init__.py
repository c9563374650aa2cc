"""How the safety check's model learns: `python -m tests.core.safety.training` writes bot/core/safety/model.json."""
