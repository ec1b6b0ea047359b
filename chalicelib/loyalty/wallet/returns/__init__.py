"""Principal goes back to where it came from."""
