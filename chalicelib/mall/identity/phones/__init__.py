"""Phone numbers: one number, one member; shells that wait for their owner."""
