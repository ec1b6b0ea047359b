"""Writes the files, step by step."""
