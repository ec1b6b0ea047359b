"""Whether a group is complete, has failed, or waits."""
