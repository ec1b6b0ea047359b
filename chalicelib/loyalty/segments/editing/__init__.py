"""Segments and settings as staff write them."""
