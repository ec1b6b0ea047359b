"""Points for reviews."""
