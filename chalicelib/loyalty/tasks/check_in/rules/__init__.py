"""The rules of check-in, set by staff, with the day from which they hold."""
