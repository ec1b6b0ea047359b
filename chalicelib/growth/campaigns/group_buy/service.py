"""The play, its prices, and what an order knows of its group. docs/algorithms/group-buy.md."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.money import apply_bps, yuan
from chalicelib.core.settings import settings as house
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.growth.campaigns.base.schemas import CampaignItem
from chalicelib.growth.campaigns.group_buy.errors import GroupNotFound
from chalicelib.growth.campaigns.group_buy.models import Group
from chalicelib.growth.campaigns.group_buy.schemas import GroupBuySettings, GroupBuyTerms
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.orders.models import Order

NAME = "group_buy"


class GroupBuy(Play):
    """拼团."""

    name, title = NAME, "拼团"
    settings, item_terms = GroupBuySettings, GroupBuyTerms
    prices_skus = True

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """Prices lie below the catalog's and fall with the size; a group has time to be paid and filled."""
        rules = rules_of(campaign.settings)
        if campaign.ends_at - campaign.starts_at <= timedelta(minutes=house().unpaid_close_minutes):
            raise _invalid("ends_at", "longer than an order has to be paid")
        for number, item in enumerate(campaign.items):
            sku = products[item.product_id].sku(item.sku_id)
            if sku is not None:
                _check_item(f"items.{number}", rules, item, sku.price_amount)

    def words(self, campaign: Campaign) -> str:
        """``3人团59.00元起``."""
        prices = [price_at(rules_of(campaign.settings), item, None) for item in campaign.items]
        return f"{rules_of(campaign.settings).sizes[0]}人团{yuan(min(prices, default=0))}元起"

    def lowest_unit_amount(self, campaign: Campaign, item: CampaignItem, price_amount: int) -> int:
        """The leader's unit in a group of the largest size; nothing where an order is drawn to be free."""
        rules, terms = rules_of(campaign.settings), terms_of(item.terms)
        if rules.free_order:
            return 0
        amount = min(price_at(rules, item, None), price_amount)
        if terms.leader_amount is not None:
            amount = min(amount, terms.leader_amount)
        return max(amount - apply_bps(amount, rules.leader_rebate_bps) - rules.leader_rebate_amount, 0)


def rules_of(values: Mapping[str, Any]) -> GroupBuySettings:
    """The campaign's settings, or a posting's."""
    return GroupBuySettings.model_validate(values)


def terms_of(values: Mapping[str, Any]) -> GroupBuyTerms:
    """The terms of an item, or of a posted one."""
    return GroupBuyTerms.model_validate(values)


def price_at(rules: GroupBuySettings, item: CampaignItem, size: int | None) -> int:
    """What a unit costs in a group of that size; None: of the largest, where it costs least."""
    prices = [item.unit_amount or 0, *terms_of(item.terms).tier_amounts]
    return prices[-1 if size is None else rules.sizes.index(size)]


def hold_of(group_id: str) -> str:
    """What an order waits for."""
    return f"{NAME}:{group_id}"


def group_in(order: Order) -> str | None:
    """The id of the group that the order waits for, or waited for when it was canceled."""
    found = [each.removeprefix(f"{NAME}:") for each in order.holds if each.startswith(f"{NAME}:")]
    return found[0] if found else None


def group_of(group_id: str, *, consistent: bool = False) -> Group:
    """:raises GroupNotFound:"""
    group = Group.find(group_id, consistent=consistent)
    if group is None:
        raise GroupNotFound()
    return group


def _check_item(field: str, rules: GroupBuySettings, item: CampaignItem, list_amount: int) -> None:
    terms = terms_of(item.terms)
    if item.unit_amount is None or item.unit_amount >= list_amount:
        raise _invalid(f"{field}.unit_amount", f"a price below the catalog's of {list_amount}")
    if len(terms.tier_amounts) != len(rules.sizes) - 1:
        raise _invalid(f"{field}.terms.tier_amounts", "a price for each size but the smallest")
    prices = [item.unit_amount, *terms.tier_amounts]
    if prices != sorted(set(prices), reverse=True):
        raise _invalid(f"{field}.terms.tier_amounts", "each below the one before, beginning with unit_amount")
    if terms.leader_amount is not None and (rules.full_price or terms.leader_amount >= item.unit_amount):
        raise _invalid(f"{field}.terms.leader_amount", "below unit_amount, and not where everybody pays in full")


def _invalid(field: str, issue: str) -> Invalid:
    return Invalid(errors=[{"field": field, "issue": issue}])
