"""The flows of the conversation, one noun a module; `conversation` and `programs` decide which one has its turn."""
