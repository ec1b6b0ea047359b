"""Members apply."""
