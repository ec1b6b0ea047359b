"""Who came through which link."""
