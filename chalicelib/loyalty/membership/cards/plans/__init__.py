"""What cards there are: set by staff, seen by buyers."""
