"""Posters by owner, and how many new ones a member asked for."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.states import Steps
from chalicelib.core.tables import (
    DocumentAttribute,
    EnumAttribute,
    IntAttribute,
    Table,
    TimeAttribute,
    table_name,
)
from chalicelib.mall.posters.designs.schemas import Content, PosterKind

EVERYBODY = "*"
"""The owner of posters that carry nobody's name: all share them."""
STAFF = "staff"
"""The owner of previews."""


class PosterStatus(StrEnum):
    """Whether there is a picture. A failed poster, and one whose time is over, may be asked for again."""

    PENDING = "pending"
    READY = "ready"
    FAILED = "failed"


STEPS = Steps(
    {
        PosterStatus.PENDING: [PosterStatus.READY, PosterStatus.FAILED, PosterStatus.PENDING],
        PosterStatus.READY: [PosterStatus.PENDING],
        PosterStatus.FAILED: [PosterStatus.PENDING],
    }
)


class PosterFailure(StrEnum):
    """Why there is no picture."""

    PICTURE_REFUSED = "picture_refused"
    PICTURE_UNREACHABLE = "picture_unreachable"
    CODE_REFUSED = "code_refused"
    CODE_UNAVAILABLE = "code_unavailable"
    TEMPLATE_GONE = "template_gone"


class Poster(Table):
    """A poster. Its id is derived from all that is seen on it: what looks different is another poster."""

    class Meta:
        table_name = table_name("posters")

    owner = UnicodeAttribute(hash_key=True)
    """The member whose name and code it carries, :data:`EVERYBODY` or :data:`STAFF`."""
    id = UnicodeAttribute(range_key=True)
    kind = EnumAttribute(PosterKind)
    template_id = UnicodeAttribute(null=True)
    design_id = UnicodeAttribute()
    content: DocumentAttribute[Content] = DocumentAttribute(Content)
    page = UnicodeAttribute()
    scene = UnicodeAttribute()
    short_code = UnicodeAttribute(null=True)
    width = IntAttribute()
    height = IntAttribute()
    status = EnumAttribute(PosterStatus, default=PosterStatus.PENDING)
    picture_key = UnicodeAttribute(null=True)
    makeshift = BooleanAttribute(default=False)
    """Something is missing: a QR code is in the mini-program code's place, or no avatar. Made anew when asked later."""
    failure = EnumAttribute(PosterFailure, null=True)
    round = IntAttribute(default=1)
    """Counts how often it was asked for anew; what belongs to an earlier round is void."""
    asked_at = TimeAttribute()
    expires_at = IntAttribute()


class PosterQuota(Table):
    """New posters of a member in an hour. ``id``: ``mbr_…#2026112410``."""

    class Meta:
        table_name = table_name("poster_quotas")

    id = UnicodeAttribute(hash_key=True)
    made = IntAttribute(default=0)
    expires_at = IntAttribute()
