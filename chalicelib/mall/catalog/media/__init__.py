"""Pictures and videos of the mall."""
