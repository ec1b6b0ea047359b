"""After the sale: refunds, returns and exchanges of pieces of an order."""
