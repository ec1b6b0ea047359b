"""What members have agreed to: one acceptance, one message."""
