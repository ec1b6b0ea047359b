"""Mending a missed day, and the cards that it costs."""
