"""What a channel says about a payment becomes true here, once."""
