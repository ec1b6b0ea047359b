"""A member asks to be told when a campaign begins. docs/algorithms/reminders.md."""
