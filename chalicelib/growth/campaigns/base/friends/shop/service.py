"""What members started with friends, as they and their friends see it: read with its product and its campaign."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Protocol, TypeVar

from chalicelib.core import clock, pages
from chalicelib.core.schemas import PageQuery
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.friends import service as friends
from chalicelib.growth.campaigns.base.models import MALL, Campaign, CampaignStatus
from chalicelib.mall.catalog.products.models import Product

EXPORTED = 200
C = TypeVar("C")
Found = Mapping[Any, Mapping[Any, Any]]


class Started(Protocol):
    """A row of a play: what a member started for one piece of a SKU. Its table has the index ``by_member``."""

    campaign_id: Any
    product_id: Any
    sku_id: Any

    def standing(self, now: datetime, *, runs: bool) -> Any:
        """How it stands; *runs*: whether its campaign does."""


def needs(started: Started) -> dict[Any, list[Any]]:
    """What :func:`facts` looks at."""
    return {Product: [started.product_id], Campaign: [(MALL, started.campaign_id)]}


def campaign_of(started: Started, found: Found) -> Campaign:
    """Its campaign, as read."""
    campaign: Campaign = found[Campaign][MALL, started.campaign_id]
    return campaign


def facts(started: Started, found: Found) -> dict[str, Any]:
    """Name, spec and picture of what it is for, and its standing now: the clock decides, whatever is stored."""
    now = clock.now()
    runs = campaign_of(started, found).status_at(now) is CampaignStatus.RUNNING
    goods = friends.goods(found[Product][started.product_id], started.sku_id)
    return {**goods, "standing": started.standing(now, runs=runs)}


def mine(table: Any, member_id: str, asked: PageQuery, card: Callable[[Any, Found], C]) -> tuple[list[C], str | None]:
    """A *card* of each row of *table* that the member started, newest first; the cursor to the rest. Three reads."""
    keys, cursor = pages.query(table.by_member, member_id, limit=asked.limit, cursor=asked.cursor)
    rows = batch_get({table: [key.id for key in keys]})[table] if keys else {}
    wanted: dict[Any, list[Any]] = {Product: [], Campaign: []}
    for each in rows.values():
        for model, ids in needs(each).items():
            wanted[model] += ids
    found = batch_get(wanted) if keys else {}
    return [card(rows[key.id], found) for key in keys if key.id in rows], cursor


def newest(table: Any, member_id: str) -> list[Any]:
    """The newest rows of *table* that the member started, for the copy of their data."""
    keys = [each.id for each in table.by_member.query(member_id, scan_index_forward=False, limit=EXPORTED)]
    return list(batch_get({table: keys})[table].values()) if keys else []
