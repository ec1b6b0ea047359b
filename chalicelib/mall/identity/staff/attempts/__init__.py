"""Failed logins, counted."""
