"""Staff send again what certainly was not sent."""
