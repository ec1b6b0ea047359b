"""Deposits as staff see them."""
