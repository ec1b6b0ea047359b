"""What the starter of a bargain is told."""
