"""The package that Lambda gets, and the template of the app stack: built the same whatever machine builds it."""
