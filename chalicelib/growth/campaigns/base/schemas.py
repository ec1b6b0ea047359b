"""The documents of a campaign: its goods, and what a price step needs to know of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, JsonValue

from chalicelib.core.schemas import Fen, Id, Schema

MAX_ITEMS = 200

Terms = Annotated[dict[str, JsonValue], Field(max_length=20)]
"""What a play alone understands; it is checked against the play's own schema before it is kept."""
Pieces = Annotated[int, Field(ge=1, le=1_000_000)]


class CampaignItem(Schema):
    """One SKU of a campaign."""

    product_id: Id
    sku_id: Id
    unit_amount: Fen | None = None
    """The campaign's price; null where the play makes the price in another way."""
    stock: Pieces | None = None
    """Pieces set aside for the campaign alone; null: it sells from the product's own stock."""
    per_member_max: Pieces | None = None
    """Of this SKU, by a member, over the whole campaign."""
    terms: Terms = {}
    """What else the play wants to know of the SKU."""


class PostedItem(BaseModel):
    """A SKU on a board."""

    unit_amount: int | None = None
    own_stock: bool = False
    sold_out: bool = False
    """The pieces set aside are gone. It may lag: the stock itself is the guard."""
    per_member_max: int | None = None
    terms: dict[str, Any] = {}


class Posting(BaseModel):
    """A campaign on a board: all that a price step needs, so that it reads nothing else."""

    play: str
    title: str
    starts_at: datetime
    ends_at: datetime
    segment_id: str | None = None
    per_member_max: int | None = None
    not_with: list[str] = []
    below_cost: bool = False
    """It may sell below cost."""
    settings: dict[str, Any] = {}
    items: dict[str, PostedItem] = {}
    """By SKU; on a product's board those of the product alone."""

    def is_open(self, at: datetime) -> bool:
        """Whether it runs at that moment. The end itself is over."""
        return self.starts_at <= at < self.ends_at


class TallyEntry(BaseModel):
    """Pieces that a member has had of a campaign."""

    until: datetime
    """The campaign's end: after it the entry means nothing."""
    play: str = ""
    """Of a play that gives a member one order: it counts for all campaigns of the play."""
    skus: dict[str, int] = {}
