"""Areas: fills, round corners, shadows, pictures."""
