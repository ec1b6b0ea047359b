"""The staff: accounts, roles, login, and the log of what they did."""
