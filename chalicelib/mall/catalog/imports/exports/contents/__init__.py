"""What an export says of each thing."""
