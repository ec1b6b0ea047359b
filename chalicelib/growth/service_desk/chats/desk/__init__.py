"""Chats as staff see them."""
