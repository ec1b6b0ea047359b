"""Orders that are fetched at a store."""
