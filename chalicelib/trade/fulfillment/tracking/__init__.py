"""Where parcels are, and which of them are in trouble."""
