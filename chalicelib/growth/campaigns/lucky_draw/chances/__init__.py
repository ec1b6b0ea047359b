"""Chances: earned, counted, spent."""
