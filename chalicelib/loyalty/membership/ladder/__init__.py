"""The ladder, as staff write it and everybody reads it."""
