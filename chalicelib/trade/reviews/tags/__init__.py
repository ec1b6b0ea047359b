"""Short words that reviews are tagged with."""
