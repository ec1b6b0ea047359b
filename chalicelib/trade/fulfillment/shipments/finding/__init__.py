"""How an order is found by the number on a parcel."""
