"""The two fonts, and text made such that they have every character of it."""
