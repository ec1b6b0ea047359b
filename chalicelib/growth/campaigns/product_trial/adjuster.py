"""The price step: what a tester pays, for who was picked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core import clock
from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.service import Running
from chalicelib.growth.campaigns.product_trial.events import CheckReport
from chalicelib.growth.campaigns.product_trial.models import Application, ApplicationStatus, held_owner
from chalicelib.growth.campaigns.product_trial.reporting.service import LOOK_AGAIN
from chalicelib.growth.campaigns.product_trial.service import NAME, named, step
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Choice
from chalicelib.trade.pricing.service import Basket, Quote


class ProductTrialPrice:
    """Stands before ``BestPrice``. The option ``product_trial`` names the campaign; one piece, the one that is held."""

    name = NAME
    fresh = (Application,)

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        wanted = basket.options.get(NAME)
        return {**campaigns.needs(basket), **({Application: [(wanted, basket.member_id)]} if wanted else {})}

    def adjust(self, quote: Quote, found: Found) -> None:
        """Who has not applied is offered nothing. Why who has can not order, ``choices`` says."""
        mine: Application | None = found.get(Application, {}).get((quote.options.get(NAME, ""), quote.member_id))
        if mine is None:
            return
        run = campaigns.earned_in(quote, found, NAME, mine.campaign_id)
        lines = [number for number, line in enumerate(quote.lines) if line.sku_id == mine.sku_id]
        reason = _why_not(mine, run, quote, lines)
        if reason or run is None:
            title = run.posting.title if run is not None else "试用"
            quote.choices.append(Choice(kind=NAME, id=mine.campaign_id, title=title, usable=False, reason=reason))
            return
        price = run.posting.items[mine.sku_id].unit_amount or 0
        owner = held_owner(run.id)
        campaigns.offer_price(quote, found, run, lines[0], price, stock_owner=owner, counted=True, binding=True)
        quote.memory[NAME] = mine

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """Picked once, ordered once. :raises TrialMoved: (at commit)"""
        mine: Application | None = quote.memory.get(NAME)
        if mine is None or not any(each.kind == NAME and each.source_id == mine.campaign_id for each in quote.taken):
            return
        same = Application.deposit == mine.deposit
        step(tx, mine, ApplicationStatus.ORDERED, Application.order_id.set(order_id), also=same)
        tx.emit(CheckReport(**named(mine), order_id=order_id), at=clock.now() + LOOK_AGAIN)


def _why_not(mine: Application, run: Running | None, quote: Quote, lines: list[int]) -> str:
    if mine.status is not ApplicationStatus.PICKED:
        return "还未入选" if mine.status is ApplicationStatus.APPLIED else "该试用已下单或已结束"
    if run is None or mine.order_by is None or quote.at >= mine.order_by:
        return "领取时间已过"
    if not mine.may_order:
        return "请先支付试用押金"
    if not lines:
        return "不含试用商品"
    return "" if quote.lines[lines[0]].quantity == 1 else "试用商品每人限1件"
