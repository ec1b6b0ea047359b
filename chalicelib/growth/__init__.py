"""What brings members and brings them back. Uses everything below."""
