"""Previews for staff."""
