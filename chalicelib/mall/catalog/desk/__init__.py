"""The catalog desk: how staff find and see products."""
