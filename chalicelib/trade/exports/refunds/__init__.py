"""Refunds, one a row."""
