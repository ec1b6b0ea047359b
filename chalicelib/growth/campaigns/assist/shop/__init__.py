"""Assists as members and their friends see them."""
