"""What the mall costs in AWS: measured calls times list prices. ``make cost``; the report is docs/cost.md."""
