"""Notices about reviews."""
