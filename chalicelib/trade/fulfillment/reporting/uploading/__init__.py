"""Telling WeChat, and understanding what it answers."""
