"""Paying a deposit."""
