"""What a member sees of their membership."""
