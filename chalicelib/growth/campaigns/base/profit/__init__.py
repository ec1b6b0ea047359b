"""The profit guard."""
