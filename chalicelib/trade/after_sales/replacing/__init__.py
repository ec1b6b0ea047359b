"""Other pieces for those that came back."""
