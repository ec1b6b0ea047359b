"""Staff end many unpaid orders at once."""
