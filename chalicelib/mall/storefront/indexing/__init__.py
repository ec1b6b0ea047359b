"""The search index follows the catalog."""
