"""How growth is earned, as staff set it."""
