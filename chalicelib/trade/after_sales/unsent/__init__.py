"""What of an order has not left, whichever way it goes."""
