"""Free shipping, so many times a month."""
