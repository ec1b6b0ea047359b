"""The play, and what all of it asks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chalicelib.core.errors import Invalid
from chalicelib.core.ledgers import AccountMoved
from chalicelib.core.money import yuan
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import MALL, Campaign, Phase
from chalicelib.growth.campaigns.base.plays.service import Play
from chalicelib.growth.campaigns.base.schemas import CampaignItem
from chalicelib.growth.campaigns.presale.errors import DepositNotFound
from chalicelib.growth.campaigns.presale.models import Deposit, held_owner
from chalicelib.growth.campaigns.presale.schemas import DepositTerms, Mode, PresaleSettings
from chalicelib.mall.catalog.products.models import Product

NAME = "presale"
SHORTEST_BALANCE = timedelta(hours=1)
"""Longer than a deposit can be unpaid: none is paid when the balance is over."""
LONGEST = timedelta(days=330)
"""From the first deposit to the shipping: what WeChat allows."""


class PresalePlay(Play):
    """A price for goods that leave later, for a deposit or at once."""

    name, title = NAME, "预售"
    settings, item_terms = PresaleSettings, DepositTerms
    prices_skus = True

    def check(self, campaign: Campaign, products: Mapping[str, Product]) -> None:
        """:raises Invalid: dates out of order; an item without price, deposit or stock of its own."""
        rules = PresaleSettings.model_validate(campaign.settings)
        _check_dates(campaign, rules)
        for number, item in enumerate(campaign.items):
            terms = DepositTerms.model_validate(item.terms)
            sku = products[item.product_id].sku(item.sku_id)
            _check_item(f"items.{number}", item, terms, rules.mode, sku.price_amount if sku is not None else 0)

    def kept_for_members(self, campaign: Campaign) -> list[str]:
        return [held_owner(campaign.id)]

    def lowest_unit_amount(self, campaign: Campaign, item: CampaignItem, price_amount: int) -> int:
        """In money: what a deposit counts beyond itself is a discount."""
        return min(final_amount(item.unit_amount or 0, item.terms), price_amount)

    def words(self, campaign: Campaign) -> str:
        for item in campaign.items:
            terms = DepositTerms.model_validate(item.terms)
            if terms.deposit_amount is not None:
                counts = terms.counts_amount or terms.deposit_amount
                return f"定金{yuan(terms.deposit_amount)}元抵{yuan(counts)}元"
        prices = [item.unit_amount for item in campaign.items if item.unit_amount is not None]
        return f"预售价{yuan(min(prices))}元起" if prices else campaign.title


def final_amount(unit_amount: int, terms: Mapping[str, Any]) -> int:
    """What a piece costs in money, deposit and balance together."""
    deposit = terms.get("deposit_amount") or 0
    return unit_amount - (terms.get("counts_amount") or deposit) + deposit


def deposit_of(member_id: str, deposit_id: str, *, consistent: bool = False) -> Deposit:
    """The member's. :raises DepositNotFound:"""
    found = Deposit.find(member_id, deposit_id, consistent=consistent)
    if found is None:
        raise DepositNotFound()
    return found


def require_live(tx: Transaction, campaign_id: str) -> None:
    """*tx* is made only while the campaign's stocks are its own. :raises AccountMoved: (at commit) read again."""
    tx.check(Campaign(shop=MALL, id=campaign_id), only_if=Campaign.phase == Phase.LIVE, otherwise=AccountMoved())


def _check_dates(campaign: Campaign, rules: PresaleSettings) -> None:
    found = {
        "ship_by": "not before the campaign ends" if rules.ship_by < campaign.ends_at else "",
    }
    if rules.ship_by - campaign.starts_at > LONGEST:
        found["ship_by"] = f"at most {LONGEST.days} days after the campaign begins"
    if rules.deposit_until is not None and rules.balance_from is not None:
        if rules.deposit_until <= campaign.starts_at:
            found["deposit_until"] = "after the campaign begins"
        if rules.balance_from < rules.deposit_until:
            found["balance_from"] = "not before deposit_until"
        if rules.balance_from + SHORTEST_BALANCE > campaign.ends_at:
            found["balance_from"] = "an hour before the campaign ends at least"
    errors = [{"field": f"settings.{name}", "issue": issue} for name, issue in found.items() if issue]
    if errors:
        raise Invalid(errors=errors)


def _check_item(field: str, item: CampaignItem, terms: DepositTerms, mode: Mode, price_amount: int) -> None:
    issues = {}
    if item.unit_amount is None:
        issues["unit_amount"] = "the presale's price"
    elif item.unit_amount > price_amount:
        issues["unit_amount"] = f"above the catalog's price of {price_amount}"
    if mode is Mode.FULL and terms.deposit_amount is not None:
        issues["terms.deposit_amount"] = "all is paid at once"
    if mode is Mode.DEPOSIT:
        if terms.deposit_amount is None:
            issues["terms.deposit_amount"] = "the deposit for a piece"
        elif (terms.counts_amount or terms.deposit_amount) >= (item.unit_amount or 0):
            issues["terms.counts_amount"] = "below the price: something is left to pay"
        if item.stock is None:
            issues["stock"] = "pieces of its own: they are held from the deposit on"
    if issues:
        raise Invalid(errors=[{"field": f"{field}.{name}", "issue": issue} for name, issue in issues.items()])
