"""What an upload says: pure."""
