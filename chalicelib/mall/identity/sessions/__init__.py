"""Login of buyers by WeChat."""
