"""The points mall: what points are exchanged for."""
