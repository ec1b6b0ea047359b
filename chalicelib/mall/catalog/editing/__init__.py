"""How staff make and change products."""
