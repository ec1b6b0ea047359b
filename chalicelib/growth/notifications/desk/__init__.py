"""Staff look at what was sent."""
