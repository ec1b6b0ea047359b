"""What members are told of trials."""
