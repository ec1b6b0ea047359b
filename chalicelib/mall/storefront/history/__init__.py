"""Which products a member looked at."""
