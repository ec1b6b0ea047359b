"""What a level changes in a price: member prices, products for some levels only."""
