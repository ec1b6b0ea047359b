"""The table of access tokens."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import Table, TimeAttribute, table_name


class PartnerToken(Table):
    """One partner's access token, and who is fetching the next one."""

    class Meta:
        table_name = table_name("partner_tokens")

    id = UnicodeAttribute(hash_key=True)  # "wechat:<app id>"
    value = UnicodeAttribute(null=True)
    expires_at = TimeAttribute(null=True)
    lease_owner = UnicodeAttribute(null=True)
    lease_until = TimeAttribute(null=True)
