"""The times for which cards give levels: pure."""
