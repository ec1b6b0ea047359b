"""What ends an assist, and gives its piece back."""
