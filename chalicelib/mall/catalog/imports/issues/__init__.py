"""What is wrong in a file, in words for people, by line."""
