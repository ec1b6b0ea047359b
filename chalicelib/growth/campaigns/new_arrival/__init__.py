"""New arrivals: shown before they can be bought, reserved, on sale at a moment that everybody knows."""
