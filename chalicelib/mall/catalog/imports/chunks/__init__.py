"""The pieces of a file between its upload and its last row: objects that expire by themselves."""
