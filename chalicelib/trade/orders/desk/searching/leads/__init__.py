"""Where a search begins: the keys under which orders lie."""
