"""Trade: from a price to a paid order. Order of the packages: pricing, freight, orders, cart, payments, checkout."""
