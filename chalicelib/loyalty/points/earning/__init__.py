"""Points that orders earn, and that go back with them."""
