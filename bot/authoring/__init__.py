"""What a practice uses to write: examples to start from, a draft of its own article, a preview, and the check."""
