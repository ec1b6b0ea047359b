"""Pieces of an order whose money goes back."""
