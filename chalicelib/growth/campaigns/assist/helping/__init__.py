"""Assists begin, and friends help."""
