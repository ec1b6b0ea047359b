"""The code at the bottom of a poster."""
