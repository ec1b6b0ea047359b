"""Which goods a campaign everywhere is for."""
