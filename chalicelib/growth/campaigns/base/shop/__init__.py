"""Campaigns as buyers see them."""
