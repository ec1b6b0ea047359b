"""Trials as members see them."""
