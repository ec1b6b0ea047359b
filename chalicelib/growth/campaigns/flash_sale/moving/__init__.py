"""Pieces of a lot are changed while its campaign runs."""
