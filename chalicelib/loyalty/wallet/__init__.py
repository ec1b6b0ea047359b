"""Stored value: top-ups, principal and gift, paying in parts. Off unless the owner switches it on."""
