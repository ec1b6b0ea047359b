"""Shipping that was promised for later than the platform allows unasked."""
