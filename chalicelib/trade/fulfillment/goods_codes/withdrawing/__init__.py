"""Codes that leave the pool without having been given."""
