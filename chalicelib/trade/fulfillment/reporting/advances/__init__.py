"""What was paid before the order is a payment of its own to WeChat."""
