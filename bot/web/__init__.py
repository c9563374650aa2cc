"""What speaks HTTP: the chat page, the webhooks of platforms, health, and the demo's clock."""
