"""A member's level: up at once, down by period."""
