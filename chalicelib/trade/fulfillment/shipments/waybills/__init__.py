"""Tracking numbers: whose they are, and how a wrong one is mended."""
