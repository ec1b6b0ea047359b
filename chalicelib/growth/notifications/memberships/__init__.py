"""Notices about levels and cards that end."""
