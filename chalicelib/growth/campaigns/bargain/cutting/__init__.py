"""Bargains begin and are cut."""
