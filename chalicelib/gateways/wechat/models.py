"""The tables of access tokens and of counted calls."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import IntAttribute, Table, TimeAttribute, table_name


class PartnerToken(Table):
    """One partner's access token, and who is fetching the next one."""

    class Meta:
        table_name = table_name("partner_tokens")

    id = UnicodeAttribute(hash_key=True)  # "wechat:<app id>"
    value = UnicodeAttribute(null=True)
    expires_at = TimeAttribute(null=True)
    lease_owner = UnicodeAttribute(null=True)
    lease_until = TimeAttribute(null=True)


class PartnerCalls(Table):
    """How many calls of a limited interface a minute has seen."""

    class Meta:
        table_name = table_name("partner_calls")

    id = UnicodeAttribute(hash_key=True)  # "wechat:<interface>:<minute, UTC>"
    calls = IntAttribute()
    expires_at = IntAttribute()
