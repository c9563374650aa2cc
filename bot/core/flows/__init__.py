"""The flows of the conversation, one noun a module; `conversation`, `programs` and `staff` say whose turn it is."""
