"""How many finished and claimed."""
