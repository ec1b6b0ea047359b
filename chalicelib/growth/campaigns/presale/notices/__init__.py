"""What members are told of deposits."""
