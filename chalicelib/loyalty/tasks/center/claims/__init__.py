"""What members see of tasks, and the rewards that they claim."""
