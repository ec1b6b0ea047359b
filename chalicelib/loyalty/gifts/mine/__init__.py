"""What a member sees of gifts, and takes."""
