"""Passwords: argon2id, with the parameters that OWASP recommends."""
