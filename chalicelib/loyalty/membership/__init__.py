"""Growth, levels, benefits as data, the paid card, gifts on days."""
