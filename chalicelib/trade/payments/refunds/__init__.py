"""Money that goes back: filed once under a fixed number, pursued until it is there."""
