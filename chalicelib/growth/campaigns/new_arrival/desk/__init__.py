"""What a launch brought."""
