"""A link by its code, and how many a member made on a day."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import DocumentAttribute, IntAttribute, Table, TimeAttribute, table_name

CODE_LENGTH = 12
MAX_QUERY = 1024
"""WeChat's limit of a URL Link's query."""
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class ByMember(GlobalSecondaryIndex["Link"]):
    """What a member shared, by time."""

    class Meta:
        index_name = "by_member"
        projection = AllProjection()

    member_id = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class ByChannel(GlobalSecondaryIndex["Link"]):
    """What goes through a channel, by time."""

    class Meta:
        index_name = "by_channel"
        projection = AllProjection()

    channel = UnicodeAttribute(hash_key=True)
    created_at = TimeAttribute(range_key=True)


class Link(Table):
    """A page with its parameters, and whom a visit is due to. Never changes but for its URL Link."""

    class Meta:
        table_name = table_name("links")

    code = UnicodeAttribute(hash_key=True)
    fingerprint = UnicodeAttribute()
    """Of everything that makes the code."""
    page = UnicodeAttribute()
    parameters: DocumentAttribute[dict[str, str]] = DocumentAttribute(dict[str, str])
    member_id = UnicodeAttribute(null=True)
    """Who shared it; null: the mall itself."""
    channel = UnicodeAttribute(null=True)
    campaign_id = UnicodeAttribute(null=True)
    created_at = TimeAttribute()
    url = UnicodeAttribute(null=True)
    """WeChat's URL Link, while ``url_expires_at`` is ahead."""
    url_expires_at = TimeAttribute(null=True)

    by_member = ByMember()
    by_channel = ByChannel()

    @property
    def scene(self) -> str:
        """What a mini-program code carries."""
        return f"s={self.code}"

    @property
    def query_text(self) -> str:
        """The parameters, encoded, and the code."""
        return query_of(self.parameters, self.code)

    @property
    def path(self) -> str:
        """What the mini-program shares or opens."""
        return f"{self.page}?{self.query_text}"


class LinkQuota(Table):
    """What a member made on a business day. ``id``: ``mbr_…#2026-11-24``."""

    class Meta:
        table_name = table_name("link_quotas")

    id = UnicodeAttribute(hash_key=True)
    links = IntAttribute(default=0)
    urls = IntAttribute(default=0)
    expires_at = IntAttribute()


def query_of(parameters: Mapping[str, str], code: str) -> str:
    """``id=prd_1&s=Ab3…``; a space is ``%20``, which every decoder understands."""
    return urlencode([*parameters.items(), ("s", code)], quote_via=quote, safe="")


def fingerprint_of(
    page: str, parameters: Mapping[str, str], member_id: str | None, channel: str | None, campaign_id: str | None
) -> str:
    """The same for the same content, in whatever order its parameters come."""
    content = json.dumps([page, sorted(parameters.items()), member_id, channel, campaign_id], ensure_ascii=True)
    return hashlib.sha256(content.encode()).hexdigest()


def code_of(fingerprint: str, attempt: int) -> str:
    """The code of a fingerprint; *attempt* counts the codes that other fingerprints hold."""
    digest = hashlib.sha256(f"{fingerprint}/{attempt}".encode()).digest()
    number, letters = int.from_bytes(digest, "big"), ""
    for _ in range(CODE_LENGTH):
        number, digit = divmod(number, len(_BASE62))
        letters += _BASE62[digit]
    return letters
