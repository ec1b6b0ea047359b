"""Lots: a SKU in a session, and how its pieces are spread."""
