"""A gift from so much on."""
