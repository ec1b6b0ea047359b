"""Sessions and lots, made of a campaign or of its posting on a board. docs/algorithms/flash-sale.md, "Words"."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chalicelib.core import ids
from chalicelib.growth.campaigns.base.boards.service import boards_of
from chalicelib.growth.campaigns.base.models import EVERYWHERE, Board
from chalicelib.growth.campaigns.base.schemas import Posting
from chalicelib.growth.campaigns.flash_sale.memory.service import FRESH, Kept
from chalicelib.growth.campaigns.flash_sale.schemas import Allotment, Session

NAME = "flash_sale"
PIECES_PER_SHARD, LEAST_SHARDS, MOST_SHARDS = 20, 8, 64


class Item(Protocol):
    """A SKU of a campaign, on its record or on a board."""

    unit_amount: int | None
    terms: dict[str, Any]


@dataclass(frozen=True)
class Lot:
    """A SKU in a session."""

    campaign_id: str
    session: str
    sku_id: str
    starts_at: datetime
    ends_at: datetime
    pieces: int
    unit_amount: int

    @property
    def id(self) -> str:
        return lot_id(self.campaign_id, self.session, self.sku_id)

    def is_open(self, at: datetime) -> bool:
        """Whether its session runs. The end itself is over."""
        return self.starts_at <= at < self.ends_at

    @property
    def shards(self) -> int:
        return shards_of(self.pieces)

    def pieces_of(self, shard: int) -> int:
        """The pieces of a shard; they differ by one at most and sum to the lot's."""
        whole, rest = divmod(self.pieces, self.shards)
        return whole + (shard < rest)

    def stock_owner(self, shard: int) -> str:
        return f"{self.campaign_id}-{self.session}-{shard:02d}"

    def counter_id(self, shard: int) -> str:
        return f"{self.stock_owner(shard)}/{self.sku_id}"

    def home(self, member_id: str) -> int:
        """The shard that a member asks first: the same on every tap."""
        return zlib.crc32(member_id.encode()) % self.shards


def lot_id(campaign_id: str, session: str, sku_id: str) -> str:
    return ids.derive("lot", campaign_id, session, sku_id)


def shards_of(pieces: int) -> int:
    """So many that a rush is spread, and that few orders meet on one."""
    return min(pieces, max(LEAST_SHARDS, -(-pieces // PIECES_PER_SHARD)), MOST_SHARDS)


def sessions_of(settings: Mapping[str, Any]) -> dict[str, Session]:
    """By id, in their order of time."""
    found = [Session.model_validate(each) for each in settings["sessions"]]
    return {each.id: each for each in sorted(found, key=lambda each: each.starts_at)}


def lots_of(campaign_id: str, settings: Mapping[str, Any], sku_id: str, item: Item) -> Iterator[Lot]:
    """The lots of a SKU."""
    sessions = sessions_of(settings)
    for each in allotments_of(item):
        session, price = sessions.get(each.session), price_of(item, each)
        if session is not None and price is not None:
            yield Lot(campaign_id, session.id, sku_id, session.starts_at, session.ends_at, each.pieces, price)


def allotments_of(item: Item) -> list[Allotment]:
    return [Allotment.model_validate(each) for each in item.terms["sessions"]]


def price_of(item: Item, allotment: Allotment) -> int | None:
    """The SKU's price in a session; None: nobody named one."""
    return item.unit_amount if allotment.unit_amount is None else allotment.unit_amount


def lot_in(campaign_id: str, posting: Posting, session: str, sku_id: str) -> Lot | None:
    """The lot that a posting tells of."""
    item = posting.items.get(sku_id)
    if item is None:
        return None
    return next(
        (each for each in lots_of(campaign_id, posting.settings, sku_id, item) if each.session == session), None
    )


_boards: Kept[list[Board]] = Kept(FRESH)


def posting_of(campaign_id: str, product_id: str) -> Posting | None:
    """What the product's board says of the campaign, some seconds old at most; None: nothing, or it was stopped."""
    found = _boards.get(product_id, lambda: boards_of([EVERYWHERE, product_id]))
    halted = set().union(*(each.halted or set() for each in found if each.place == EVERYWHERE))
    posting = next((each.entries.get(campaign_id) for each in found if each.place == product_id), None)
    return posting if posting is not None and posting.play == NAME and campaign_id not in halted else None
