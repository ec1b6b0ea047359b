"""How low a price can fall when every benefit comes together."""
