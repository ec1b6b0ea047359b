"""Codes as they are stored: sealed, under keys that change."""
