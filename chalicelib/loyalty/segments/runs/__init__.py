"""Walks through all members."""
