"""Data taken out of the mall as files: asked for, written on a queue, fetched by a link. Features plug in kinds."""
