"""Deposits as members see them."""
