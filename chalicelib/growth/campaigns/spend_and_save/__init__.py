"""Spend and save: so much off from so much on."""
