"""Pieces that must not leave, or not any more."""
