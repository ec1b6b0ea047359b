"""How campaigns react: to their own clock, and to what becomes of orders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.core.events import subscribe
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.events import (
    CampaignClosed,
    CampaignOrderCanceled,
    CampaignOrdered,
    CampaignScheduled,
    CampaignStarted,
    CloseCampaign,
    OpenCampaign,
    PiecesReturned,
    ReleaseReturned,
    SettleCampaign,
)
from chalicelib.growth.campaigns.base.lifecycle import service as lifecycle
from chalicelib.growth.campaigns.base.limits import service as limits
from chalicelib.growth.campaigns.base.models import GROUP, CampaignOrder, Tally
from chalicelib.growth.campaigns.base.service import campaign_of, campaigns_of
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.mall.identity.members.events import MemberClosed, MembersMerged
from chalicelib.mall.inventory.errors import OutOfStock
from chalicelib.mall.inventory.models import Stock, StockKey
from chalicelib.mall.storefront.indexing import service as listing
from chalicelib.trade.after_sales import service as after_sales
from chalicelib.trade.after_sales.events import ReplacementRefunded, StockReturned
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderCanceled, OrderLowered, OrderPaid, UnitsRefunded
from chalicelib.trade.orders.models import Order
from chalicelib.trade.pricing.returns.service import takes_the_rest
from chalicelib.trade.pricing.schemas import PricedLine

COMES_BACK = timedelta(minutes=2)
"""After an order was canceled, until its pieces are certainly in the campaign's stock."""


@subscribe(CampaignScheduled, queue="reactions")
def put_up_campaign(event: CampaignScheduled, tx: Transaction) -> None:
    """Stock and boards, if whoever scheduled it did not come to it."""
    with suppress(OutOfStock):  # withdrawn: staff see a draft again
        lifecycle.settle(event.campaign_id)


@subscribe(OpenCampaign, queue="reactions")
def open_campaign(event: OpenCampaign, tx: Transaction) -> None:
    """The window begins. A deadline of an older round finds nothing due."""
    lifecycle.open_due(campaign_of(event.campaign_id, consistent=True))


@subscribe(CampaignStarted, queue="reactions")
def list_started(event: CampaignStarted, tx: Transaction) -> None:
    """Goods of which only the campaign has pieces are for sale from now on. What changes later marks them itself."""
    listing.mark_all(campaign_of(event.campaign_id, consistent=True).stocked_product_ids)


@subscribe(CloseCampaign, queue="reactions")
def close_campaign(event: CloseCampaign, tx: Transaction) -> None:
    """The window ends."""
    lifecycle.close_due(campaign_of(event.campaign_id, consistent=True))


@subscribe(CampaignClosed, queue="reactions")
def clear_campaign(event: CampaignClosed, tx: Transaction) -> None:
    """Boards down, stock back."""
    lifecycle.settle(event.campaign_id)


@subscribe(SettleCampaign, queue="reactions")
def settle_campaign(event: SettleCampaign, tx: Transaction) -> None:
    """Its stock moved: what is sold out is marked, what came back late goes on to the product."""
    lifecycle.settle(event.campaign_id)


@subscribe(CampaignOrdered, queue="reactions")
def mark_sold_out(event: CampaignOrdered, tx: Transaction) -> None:
    """The last piece set aside is gone: the boards shall say so, and the next basket costs what it costs."""
    row = CampaignOrder.find(event.campaign_id, event.order_id)
    keys = [(event.campaign_id, sku_id) for sku_id in (row.skus if row is not None else {})]
    found = batch_get({Stock: keys}, consistent=True)[Stock] if keys else {}
    if any(stock.available <= 0 for stock in found.values()):
        lifecycle.settle(event.campaign_id)


@subscribe(CampaignOrdered, queue="reactions")
def count_campaign_order(event: CampaignOrdered, tx: Transaction) -> None:
    """Somebody took part."""
    statistics.placed(tx, event.campaign_id, event.member_id, event.invited_by)


@subscribe(OrderPaid, queue="reactions")
def count_campaign_sale(event: OrderPaid, tx: Transaction) -> None:
    """What campaigns sold, and what it cost."""
    statistics.paid(tx, orders.load(event.member_id, event.order_id))


@subscribe(UnitsRefunded, queue="reactions")
def count_campaign_refund(event: UnitsRefunded, tx: Transaction) -> None:
    """What came back of it."""
    order = orders.load(event.member_id, event.order_id)
    statistics.refunded(tx, order, event.units, event.refunded, event.refund_id)


@subscribe(OrderLowered, queue="reactions")
def count_campaign_cut(event: OrderLowered, tx: Transaction) -> None:
    """A campaign gave back a part of a price that was paid."""
    order = orders.load(event.member_id, event.order_id)
    if event.source_id in campaigns_of(order):
        statistics.lowered(tx, order, event.source_id, event.amount)


@subscribe(StockReturned, queue="reactions")
def settle_returned(event: StockReturned, tx: Transaction) -> None:
    """Pieces come back as good as new: they no longer count against the member's limits, and those that a campaign had
    for itself are on sale again, or go on to the product if it is over. In an exchange another piece took their place.
    """
    order = orders.load(event.member_id, event.order_id)
    back = _pieces_of(order, event)
    later = clock.now() + COMES_BACK
    for campaign_id in sorted({line.stock_owner for line, _ in back} & set(_plays_of(order))):
        tx.emit(SettleCampaign(campaign_id=campaign_id), at=later)
    for named in _own_pieces(order, event):
        tx.emit(PiecesReturned(**named, member_id=order.member_id, order_id=order.id, exchanged=event.replaced))
        tx.emit(ReleaseReturned(**named), at=later)
    if not event.replaced:
        limits.came_back(tx, order, back)


@subscribe(ReplacementRefunded, queue="reactions")
def count_refunded_exchange(event: ReplacementRefunded, tx: Transaction) -> None:
    """No other piece took their place in the end: only now they no longer count. The pieces went their way before."""
    order = orders.load(event.member_id, event.order_id)
    for named in _own_pieces(order, event):
        tx.emit(PiecesReturned(**named, member_id=order.member_id, order_id=order.id))
    limits.came_back(tx, order, _pieces_of(order, event))


@subscribe(ReleaseReturned, queue="reactions")
def release_returned(event: ReleaseReturned, tx: Transaction) -> None:
    """From where the play keeps pieces for members to where it sells from. Until they are back it comes again: those
    that lie there meanwhile are others'."""
    stock = StockKey(event.owner, event.sku_id).text
    if event.after_sale_id and not after_sales.is_back(event.after_sale_id, stock):
        tx.emit(event, at=clock.now() + COMES_BACK)
        return
    lifecycle.release_returned(tx, event)


@subscribe(UnitsRefunded, queue="reactions")
def give_order_back(event: UnitsRefunded, tx: Transaction) -> None:
    """Where a member has one order: what went back whole was none."""
    order = orders.load(event.member_id, event.order_id)
    if takes_the_rest(order.lines, event.units, event.refunded):
        limits.give_back(tx, order, one_order=True)


@subscribe(OrderCanceled, queue="reactions")
def return_to_campaigns(event: OrderCanceled, tx: Transaction) -> None:
    """The pieces no longer count against the member's limits, nor as sold; those of a campaign's own stock come back to
    it: they are on sale again, or go on to the product if it is over."""
    order = orders.load(event.member_id, event.order_id, consistent=True)
    if order.paid_at is not None:
        statistics.called_off(tx, order)
    limits.give_back(tx, order)
    for campaign_id, play in _plays_of(order).items():
        named = {"campaign_id": campaign_id, "play": play}
        tx.emit(CampaignOrderCanceled(**named, member_id=event.member_id, order_id=event.order_id))
    for campaign_id in sorted({line.stock_owner for line in order.lines} & set(campaigns_of(order))):
        tx.emit(SettleCampaign(campaign_id=campaign_id), at=clock.now() + COMES_BACK)


@subscribe(MembersMerged, queue="reactions")
def merge_tallies(event: MembersMerged, tx: Transaction) -> None:
    """Who was two has had what both had."""
    limits.merge(tx, event.member_id, event.from_member_id)


@subscribe(MemberClosed, queue="reactions")
def forget_tally(event: MemberClosed, tx: Transaction) -> None:
    """A closed account leaves no tally behind."""
    tx.delete(Tally(member_id=event.member_id))


def _plays_of(order: Order) -> dict[str, str]:
    """The campaigns that an order took part in, and what each is."""
    return {each.source_id: each.kind for each in order.adjustments if each.group == GROUP}


def _pieces_of(order: Order, event: StockReturned | ReplacementRefunded) -> list[tuple[PricedLine, int]]:
    return [(order.lines[int(number)], pieces) for number, pieces in event.units.items()]


def _own_pieces(order: Order, event: StockReturned | ReplacementRefunded) -> Iterator[dict[str, Any]]:
    """Those that were sold from a key of the play's own: what the events about them say."""
    plays = _plays_of(order)
    for line, pieces in _pieces_of(order, event):
        campaign_id, own, _ = line.stock_owner.partition("-")
        if own and campaign_id in plays:
            sold = {"owner": line.stock_owner, "sku_id": line.sku_id, "pieces": pieces}
            named = {"campaign_id": campaign_id, "play": plays[campaign_id], "after_sale_id": event.after_sale_id}
            yield {**named, **sold}
