"""Who pays much proves who they are."""
