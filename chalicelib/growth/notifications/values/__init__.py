"""Values as WeChat takes them."""
