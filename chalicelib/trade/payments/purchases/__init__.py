"""Paying for what is no order: stored value, a membership card."""
