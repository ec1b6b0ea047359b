"""How a buyer gets what is ordered, as far as placing the order is concerned."""
