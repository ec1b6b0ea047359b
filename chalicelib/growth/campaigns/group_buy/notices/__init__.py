"""What members are told of their groups."""
