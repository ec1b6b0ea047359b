"""The inventory desk: how staff see and change stocks."""
