"""Questions that many ask, with their answers."""
