"""What a file is made of, in each format. Files grow piece by piece; pieces joined are the file."""
