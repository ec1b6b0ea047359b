"""One client per partner. It speaks the partner's real protocol; its base URL is a setting."""
