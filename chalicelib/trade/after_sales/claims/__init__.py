"""Which pieces are being asked for."""
