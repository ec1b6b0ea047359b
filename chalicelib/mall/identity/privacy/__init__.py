"""What the law gives a member: consents on record, a copy of the data, an end."""
