"""A buyer's concern that staff take care of, until it is settled."""
