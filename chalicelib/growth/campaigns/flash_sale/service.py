"""The play: SKUs with a price and pieces in sessions. docs/algorithms/flash-sale.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.core import clock
from chalicelib.core.errors import Invalid
from chalicelib.core.money import yuan
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.plays.service import Play, Spot
from chalicelib.growth.campaigns.base.schemas import CampaignItem, Posting
from chalicelib.growth.campaigns.flash_sale.lots.service import (
    NAME,
    Lot,
    allotments_of,
    lots_of,
    price_of,
    sessions_of,
    shards_of,
)
from chalicelib.growth.campaigns.flash_sale.moving import service as moving
from chalicelib.growth.campaigns.flash_sale.schemas import FlashSaleSettings, FlashSaleTerms
from chalicelib.mall.catalog.products.models import Product

MAX_SHARDS = 2_000
"""Stock keys of a campaign: so many are filled within a request."""


class FlashSale(Play):
    """秒杀."""

    name, title = NAME, "秒杀"
    settings = FlashSaleSettings
    item_terms = FlashSaleTerms
    prices_skus = True
    spreads_stock = True

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """Sessions lie in the window; each SKU's stock is the sum of its pieces, each price below the catalog's."""
        sessions = sessions_of(campaign.settings)
        for each in sessions.values():
            if each.starts_at < campaign.starts_at or campaign.ends_at < each.ends_at:
                raise _invalid("settings.sessions", f"{each.id} is not within the campaign's window")
        named = {each.session for item in campaign.items for each in allotments_of(item)}
        if idle := set(sessions) - named:
            raise _invalid("settings.sessions", f"{min(idle)} has no goods")
        for number, item in enumerate(campaign.items):
            _check_item(f"items.{number}", item, set(sessions), products[item.product_id])
        shards = sum(shards_of(each.pieces) for item in campaign.items for each in allotments_of(item))
        if shards > MAX_SHARDS:
            raise _invalid("items", f"{shards} stock keys, more than {MAX_SHARDS}: make two campaigns of it")

    def stock_shares(self, campaign: Campaign, item: CampaignItem) -> dict[str, int]:
        return {
            lot.stock_owner(shard): lot.pieces_of(shard)
            for lot in lots_of(campaign.id, campaign.settings, item.sku_id, item)
            for shard in range(lot.shards)
        }

    def sells_from(self, campaign_id: str, posting: Posting, sku_id: str, at: datetime) -> list[str]:
        """Those of its sessions that are not over."""
        lots = lots_of(campaign_id, posting.settings, sku_id, posting.items[sku_id])
        return [lot.stock_owner(shard) for lot in lots if at < lot.ends_at for shard in range(lot.shards)]

    def spot(self, campaign: Campaign, sku_id: str | None, part: str | None) -> Spot:
        """A SKU in a session. :raises Invalid:"""
        item = campaign.item(sku_id or "")
        if item is None:
            raise _invalid("sku_id", "an item of the campaign")
        if part not in {each.session for each in allotments_of(item)}:
            raise _invalid("part", "a session in which the SKU takes part")
        return Spot(item, str(part))

    def shares_of(self, campaign: Campaign, spot: Spot, delta: int) -> dict[str, int]:
        """:raises Invalid: nobody buys in its session any more. :raises PiecesGone:"""
        lot = _lot(campaign, spot)
        if delta > 0 and lot.ends_at <= clock.now():
            raise _invalid("part", "its session is over")
        return moving.shares(lot, delta)

    def recount(self, tx: Transaction, campaign: Campaign, spot: Spot, delta: int, shares: Mapping[str, int]) -> None:
        moving.recount(tx, _lot(campaign, spot), delta, shares)

    def windows(self, campaign: Campaign) -> dict[str, tuple[datetime, datetime]]:
        """Each session begins by itself."""
        return {key: (each.starts_at, each.ends_at) for key, each in sessions_of(campaign.settings).items()}

    def words(self, campaign: Campaign) -> str:
        """``秒杀价59.00元起``."""
        return f"秒杀价{yuan(min(price for item in campaign.items for price in _prices(item)))}元起"

    def lowest_unit_amount(self, campaign: Campaign, item: CampaignItem, price_amount: int) -> int:
        return min([*_prices(item), price_amount])


def _lot(campaign: Campaign, spot: Spot) -> Lot:
    assert spot.item is not None
    lots = lots_of(campaign.id, campaign.settings, spot.item.sku_id, spot.item)
    return next(each for each in lots if each.session == spot.part)


def _check_item(field: str, item: CampaignItem, sessions: set[str], product: Product) -> None:
    allotments, sku = allotments_of(item), product.sku(item.sku_id)
    if unknown := {each.session for each in allotments} - sessions:
        raise _invalid(f"{field}.terms.sessions", f"no such session: {', '.join(sorted(unknown))}")
    if item.stock != (pieces := sum(each.pieces for each in allotments)):
        raise _invalid(f"{field}.stock", f"its sessions have {pieces} pieces")
    for each in allotments:
        price = price_of(item, each)
        if price is None:
            raise _invalid(f"{field}.unit_amount", f"a price, or one in session {each.session}")
        if sku is not None and price >= sku.price_amount:
            raise _invalid(f"{field}.unit_amount", f"not below the catalog's price of {sku.price_amount}")


def _prices(item: CampaignItem) -> list[int]:
    return [price for each in allotments_of(item) if (price := price_of(item, each)) is not None]


def _invalid(field: str, issue: str) -> Invalid:
    return Invalid(errors=[{"field": field, "issue": issue}])
