"""Some of those who applied are picked; what is not ordered goes back."""
