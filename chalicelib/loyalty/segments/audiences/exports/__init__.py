"""Files of audiences: members' ids, or hashed identifiers for ad platforms."""
