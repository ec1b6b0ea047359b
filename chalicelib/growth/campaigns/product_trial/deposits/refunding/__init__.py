"""Giving a deposit back."""
