"""Saves that are counted, so that two workers never both go on."""
