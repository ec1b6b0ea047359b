"""What inviting a friend earns."""
