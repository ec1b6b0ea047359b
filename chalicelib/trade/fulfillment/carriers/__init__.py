"""The couriers the mall knows, each under its names with every partner."""
