"""The task center: what members can do, how far they are, what it gives."""
