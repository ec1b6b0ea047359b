"""What pieces that go back are worth: read from the shares stored with the order, never computed anew."""
