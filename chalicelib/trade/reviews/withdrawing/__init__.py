"""Reviews that stop counting for what reviews earn."""
