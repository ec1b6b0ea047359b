"""Freight templates: how it is counted, and what it costs where."""
