"""From a design and its content to a JPEG. Pillow is imported by the functions that draw, and nowhere else."""
