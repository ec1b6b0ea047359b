"""Everybody who asked is told, page by page."""
