"""When a store is open."""
