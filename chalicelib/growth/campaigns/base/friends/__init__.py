"""What plays in which friends help have in common: limits on helping, faces, shares."""
