"""Packing slips as a page that a browser prints."""
