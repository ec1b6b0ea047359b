"""What members and staff read of stored value, and changes by staff."""
