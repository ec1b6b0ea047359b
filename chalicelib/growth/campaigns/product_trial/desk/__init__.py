"""Trials as staff see them."""
