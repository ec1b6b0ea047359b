"""The tree of categories, and the brands."""
