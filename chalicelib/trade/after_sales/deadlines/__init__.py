"""What happens when nobody does anything."""
