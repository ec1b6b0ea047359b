"""Paying a deposit on a report."""
