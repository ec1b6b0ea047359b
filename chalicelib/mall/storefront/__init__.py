"""What buyers browse: lists and search from a read model, details live. See the sub-packages."""
