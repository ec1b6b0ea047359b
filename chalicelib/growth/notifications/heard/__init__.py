"""What WeChat pushes about subscriptions and messages."""
