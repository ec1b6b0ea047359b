"""What is printed for an order: its packing slip, and what goes onto its waybill. See docs/algorithms/order-desk.md."""
