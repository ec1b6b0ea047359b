"""Staff look after parcels in trouble."""
