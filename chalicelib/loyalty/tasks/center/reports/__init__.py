"""What clients, staff and other features report."""
