"""The buyer asks."""
