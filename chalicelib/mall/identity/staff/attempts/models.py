"""How often a login failed in a row."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import IntAttribute, Table, table_name


class Attempts(Table):
    """Tries under one name that did not succeed. Kept for unknown names too: nobody learns which names exist."""

    class Meta:
        table_name = table_name("login_attempts")

    id = UnicodeAttribute(hash_key=True)
    failures = IntAttribute()
    expires_at = IntAttribute()
    """Seconds since 1970: forgotten, and unlocked, from then on."""
