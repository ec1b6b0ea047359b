"""Notices about what a buyer fetches at a store."""
