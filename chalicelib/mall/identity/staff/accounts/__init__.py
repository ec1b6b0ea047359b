"""Accounts of the staff."""
