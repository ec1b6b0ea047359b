"""Balances against the sums of their entries, every night."""
