"""Shipping many orders by file."""
