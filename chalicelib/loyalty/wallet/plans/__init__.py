"""Top-up plans: set by staff, seen by buyers."""
