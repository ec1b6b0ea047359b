"""Group buy (拼团): seats held before payment, a price by the size reached, money back by itself on failure."""
