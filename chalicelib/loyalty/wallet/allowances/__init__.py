"""The limits of topping up."""
