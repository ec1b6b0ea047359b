"""Templates (one small partition), their designs (by content), and what a kind uses."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.mall.posters.designs.schemas import Design, PosterKind

TEAM = "mall"


class PosterTemplate(Table):
    """A template of the staff's own; or what staff changed of a built-in one (``design_id`` is absent)."""

    class Meta:
        table_name = table_name("poster_templates")

    team = UnicodeAttribute(hash_key=True, default=TEAM)
    id = UnicodeAttribute(range_key=True)
    kind = EnumAttribute(PosterKind)
    name = UnicodeAttribute()
    design_id = UnicodeAttribute(null=True)
    width = IntAttribute(default=0)
    height = IntAttribute(default=0)
    enabled = BooleanAttribute(default=True)
    version = IntAttribute(default=1)
    updated_at = TimeAttribute()


class PosterDesign(Table):
    """A design under the digest of its content: never changed, shared by whoever looks the same."""

    class Meta:
        table_name = table_name("poster_designs")

    id = UnicodeAttribute(hash_key=True)
    design: DocumentAttribute[Design] = DocumentAttribute(Design)
    expires_at = IntAttribute(null=True)
    """Only of drafts that were looked at and not saved."""


class PosterShelf(Table):
    """What a kind of poster uses: its default template; how many own ones there are."""

    class Meta:
        table_name = table_name("poster_shelves")

    kind = UnicodeAttribute(hash_key=True)
    default_id = UnicodeAttribute(null=True)
    own_count = IntAttribute(default=0)
