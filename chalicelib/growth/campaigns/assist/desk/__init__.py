"""Assists as staff see them."""
