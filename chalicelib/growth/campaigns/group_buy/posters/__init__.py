"""Posters of groups."""
