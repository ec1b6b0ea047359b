"""Check-in and the task center: what members do day by day."""
