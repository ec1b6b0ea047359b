"""The book of a buyer's invoice titles."""
