"""The play, and finding bargains. docs/algorithms/bargain.md."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.money import yuan
from chalicelib.growth.campaigns.bargain.cutting.schemas import StartBargain
from chalicelib.growth.campaigns.bargain.errors import BargainNotFound
from chalicelib.growth.campaigns.bargain.models import Bargain
from chalicelib.growth.campaigns.bargain.schemas import BargainSettings, BargainTerms
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.inventory.models import Stock, StockKey

NAME = "bargain"


class BargainPlay(Play):
    """砍价. An item's ``unit_amount`` is its floor."""

    name, title = NAME, "砍价"
    settings = BargainSettings
    item_terms = BargainTerms
    prices_skus = True

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """Each SKU has a floor, so far below the catalog's price that each cut takes a fen at least."""
        for number, item in enumerate(campaign.items):
            sku = products[item.product_id].sku(item.sku_id)
            if item.unit_amount is None:
                raise Invalid(errors=[{"field": f"items.{number}.unit_amount", "issue": "the floor price"}])
            cuts: int = item.terms["cuts"]  # type: ignore[assignment]
            if sku is not None and sku.price_amount - item.unit_amount < cuts:
                issue = f"at least {cuts} fen below the catalog's price of {sku.price_amount}"
                raise Invalid(errors=[{"field": f"items.{number}.unit_amount", "issue": issue}])

    def words(self, campaign: Campaign) -> str:
        """``邀好友砍价，最低9.90元``."""
        floors = [item.unit_amount for item in campaign.items if item.unit_amount is not None]
        return f"邀好友砍价，最低{yuan(min(floors))}元" if floors else campaign.title


def bargain_of(bargain_id: str, *, consistent: bool = False) -> Bargain:
    """:raises BargainNotFound:"""
    found = Bargain.find(bargain_id, consistent=consistent)
    if found is None:
        raise BargainNotFound()
    return found


def stock_keys(goods: Bargain | StartBargain) -> list[StockKey]:
    """Where its pieces may lie: with the product, or with the campaign."""
    return [StockKey(owner, goods.sku_id) for owner in (goods.product_id, goods.campaign_id)]


def left_of(goods: Bargain | StartBargain, own_stock: bool, found: Mapping[Any, Mapping[Any, Any]]) -> int:
    """Pieces that can still be bought of it, among the :func:`stock_keys` *found*."""
    owner = goods.campaign_id if own_stock else goods.product_id
    stock: Stock | None = found[Stock].get((owner, goods.sku_id))
    return max(stock.available, 0) if stock is not None else 0
