"""Audience packages: a segment frozen as a list, and taken out as a file."""
