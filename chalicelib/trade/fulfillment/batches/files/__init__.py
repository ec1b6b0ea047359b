"""From the rows of a file to the parcels they speak of, and back."""
