"""Bargains as staff see them."""
