"""Limited-time discount: SKUs at another price within a window."""
