"""The plug of a play. A play is a subclass of :class:`Play`, named in ``extensions.PLUG_MAPS["campaign_plays"]``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from chalicelib.core.errors import Invalid
from chalicelib.core.plugs import PlugMap
from chalicelib.core.schemas import Nothing, Schema
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import EVERYWHERE, Campaign
from chalicelib.growth.campaigns.base.schemas import CampaignItem, PostedItem, Posting
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member


@dataclass(frozen=True)
class Spot:
    """Whose pieces staff change: an item's, or those of a part that the play itself knows."""

    item: CampaignItem | None
    part: str = ""

    @property
    def name(self) -> str:
        """``sku``, ``sku#part``, ``#part``."""
        sku_id = self.item.sku_id if self.item is not None else ""
        return f"{sku_id}#{self.part}" if self.part else sku_id


class Play:
    """One sort of campaign. Everything has a default but the name and the title."""

    name: str
    title: str
    """For staff: ``限时折扣``."""
    settings: type[Schema] = Nothing
    item_terms: type[Schema] = Nothing
    prices_skus = False
    """It offers another price for its SKUs: two of the same play do not overlap on a SKU."""
    needs_items = True
    spreads_stock = False
    """Pieces set aside for an item are spread over several stock keys; then the play itself tells what is left."""
    one_order = False
    """A member has it in one order, over all campaigns of the play, until that is canceled or goes back whole."""

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """Refuse what settings and items together can not be. :raises Invalid: naming the field."""

    def places(self, campaign: Campaign) -> list[str]:
        """On which boards it is posted: those of its products, or :data:`EVERYWHERE` (then its step sees all lines)."""
        return campaign.product_ids or [EVERYWHERE]

    def posted(self, campaign: Campaign, products: Mapping[str, Product]) -> dict[str, Any]:
        """What its price step needs beside the items: by default the settings. Keep it small: it is read with a
        basket."""
        return dict(campaign.settings)

    def stock_shares(self, campaign: Campaign, item: CampaignItem) -> dict[str, int]:
        """Where the pieces set aside for the item lie: owner of the stock key → pieces; together ``item.stock``.

        An owner is the campaign's id, or begins with it and a hyphen. Always the same for the same campaign.
        """
        return {campaign.id: item.stock} if item.stock is not None else {}

    def sells_from(self, campaign_id: str, posting: Posting, sku_id: str, at: datetime) -> list[str]:
        """Owners of the stock keys from which it sells the posted SKU at that moment or later, to whoever does what it
        asks for: its own pieces, where it makes a price. Asked in the background, for lists."""
        return [campaign_id] if self.prices_skus else []

    def spot(self, campaign: Campaign, sku_id: str | None, part: str | None) -> Spot:
        """What staff mean whose pieces they change. :raises Invalid: it has no pieces of its own."""
        if part is not None:
            raise Invalid(errors=[{"field": "part", "issue": "this play has no parts"}])
        item = campaign.item(sku_id or "")
        if item is None or item.stock is None:
            raise Invalid(errors=[{"field": "sku_id", "issue": "an item with stock of its own"}])
        return Spot(item)

    def shares_of(self, campaign: Campaign, spot: Spot, delta: int) -> dict[str, int]:
        """To which of the item's stock keys *delta* pieces come, or from which they go: owner → pieces, at most 30.

        :raises PiecesGone: fewer are unsold.
        """
        return {campaign.id: abs(delta)}

    def recount(self, tx: Transaction, campaign: Campaign, spot: Spot, delta: int, shares: Mapping[str, int]) -> None:
        """What the play itself counts of pieces changes with them: two writes a share at most.

        :raises PiecesGone: (at commit) fewer are unsold.
        """

    def windows(self, campaign: Campaign) -> dict[str, tuple[datetime, datetime]]:
        """What begins and ends, for who wants to be told: session → its window; the campaign itself under ``""``."""
        return {"": (campaign.starts_at, campaign.ends_at)}

    def kept_for_members(self, campaign: Campaign) -> list[str]:
        """Owners of further stock keys, each beginning with the campaign's id and a hyphen, to which the play itself
        moves pieces for members before they order. What lies there when the campaign is over goes back with the rest.
        """
        return []

    def ends_for(self, ends_at: datetime, settings: Mapping[str, Any], member: Member) -> datetime | None:
        """When it ends for the member, at the campaign's *ends_at* at the latest; None: it is not for them. Pure, by
        the member's row alone."""
        return ends_at

    def words(self, campaign: Campaign) -> str:
        """In one line for buyers: ``满200减30``."""
        return campaign.title

    def shown(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Of its settings what buyers may know."""
        return dict(settings)

    def hides_prices(self, settings: Mapping[str, Any], starts_at: datetime, now: datetime) -> bool:
        """Whether buyers may not yet see what its goods cost."""
        return False

    def shows_wishes(self, settings: Mapping[str, Any]) -> bool:
        """Whether its page tells how many have asked to be told. One query more."""
        return False

    def price_unasked(self, settings: Mapping[str, Any], item: PostedItem, list_amount: int) -> int | None:
        """What a unit costs whoever orders it without naming the campaign; None: one has to ask for it, or it is no
        price of a unit. Of one that has it, pieces set aside are shown as for sale where the product has none."""
        return None

    def most_off(self, settings: Mapping[str, Any], amount: int) -> int:
        """The most that it can take off goods of *amount* fen beside other prices, for the profit guard."""
        return 0

    def lowest_unit_amount(self, campaign: Campaign, item: CampaignItem, price_amount: int) -> int:
        """The least that a unit of the SKU can cost by this campaign alone, for the profit guard."""
        return price_amount if item.unit_amount is None else min(item.unit_amount, price_amount)


plays: PlugMap[Play] = PlugMap("campaign_plays")


def play_of(name: str) -> Play:
    """:raises Invalid: no such play."""
    if name not in plays:
        raise Invalid(errors=[{"field": "play", "issue": f"one of {', '.join(sorted(plays))}"}])
    return plays[name]


def checked(schema: type[Schema], values: Mapping[str, Any], field: str) -> dict[str, Any]:
    """*values* as the play's *schema* understands them, whole. :raises Invalid: naming each field below *field*."""
    try:
        return schema.model_validate_json(json.dumps(dict(values)), strict=True).model_dump(mode="json")
    except ValidationError as error:
        issues = [
            {"field": ".".join([field, *map(str, each["loc"])]), "issue": each["msg"]}
            for each in error.errors(include_input=False, include_url=False)
        ]
        raise Invalid(errors=issues) from None
