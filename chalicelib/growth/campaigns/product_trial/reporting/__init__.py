"""Reports, their deadline, and what staff make of them."""
