"""Codes on their way to buyers."""
