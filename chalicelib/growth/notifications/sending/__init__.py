"""Calling WeChat, at most once a message."""
