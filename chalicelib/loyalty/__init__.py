"""What makes members stay: segments, coupons, points, stored value, levels, tasks. Plugs into trade by protocols."""
