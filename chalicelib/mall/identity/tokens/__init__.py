"""Bearer tokens: made, read, and the buyer that one names."""
