"""A piece for a winner: set aside with the draw, ordered for nothing, or given back.

Algorithm: docs/algorithms/lucky-draw.md, "Goods".
"""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.lucky_draw.errors import GoodsMoved
from chalicelib.growth.campaigns.lucky_draw.events import LapseGoods
from chalicelib.growth.campaigns.lucky_draw.models import GOODS_STEPS, Draw, GoodsStatus, WonGoods
from chalicelib.growth.campaigns.lucky_draw.schemas import Prize
from chalicelib.growth.campaigns.lucky_draw.service import settings_of
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.storefront.indexing import service as listing

COMES_BACK = timedelta(minutes=2)
"""After an order was canceled, until its piece is certainly under the draw's key again."""


def keep(tx: Transaction, made: Draw, campaign: Campaign, prize: Prize) -> None:
    """A piece of the campaign's is the winner's until the deadline.

    :raises OutOfStock: (at commit) the campaign has none left.
    """
    item = next(each for each in campaign.items if each.terms["prize"] == prize.id)
    until = made.at + timedelta(days=settings_of(campaign).claim_days)
    won = WonGoods(
        member_id=made.member_id,
        id=made.id,
        campaign_id=campaign.id,
        product_id=item.product_id,
        sku_id=item.sku_id,
        title=prize.title,
        status=GoodsStatus.OPEN,
        claim_by=until,
    )
    tx.put(won, only_if=WonGoods.id.does_not_exist(), otherwise=GoodsMoved())
    inventory.set_aside(tx, (campaign.id, item.sku_id), won.own_stock, 1, ref=made.id)
    tx.emit(LapseGoods(member_id=made.member_id, draw_id=made.id), at=until)


def order(tx: Transaction, won: WonGoods, order_id: str) -> None:
    """They make this order, and no other. :raises GoodsMoved: (at commit) they were ordered, or their time is over."""
    in_time = WonGoods.claim_by > clock.now()
    ordered = WonGoods.order_id.set(order_id)
    move(
        tx, _key(won), WonGoods.status, GOODS_STEPS, GoodsStatus.ORDERED, ordered, also=in_time, otherwise=GoodsMoved()
    )


def reopen(tx: Transaction, won: WonGoods) -> None:
    """Their order was canceled: they wait again; if their time is over they go back in two minutes.

    :raises GoodsMoved: (at commit) it is not the order that they made.
    """
    move(
        tx,
        _key(won),
        WonGoods.status,
        GOODS_STEPS,
        GoodsStatus.OPEN,
        WonGoods.order_id.remove(),
        also=WonGoods.order_id == won.order_id,
        otherwise=GoodsMoved(),
    )
    lapse = LapseGoods(member_id=won.member_id, draw_id=won.id)
    tx.emit(lapse, at=max(won.claim_by, clock.now() + COMES_BACK))


def lapse(tx: Transaction, won: WonGoods) -> None:
    """Nobody ordered them in time: the piece goes to the product. A draw is final: it is not drawn for again.

    :raises GoodsMoved: (at commit) they were ordered at this moment. :raises OutOfStock: (at commit) the piece is still
        on its way back from an order; the message comes again.
    """
    if not won.waits(clock.now()) and won.status is GoodsStatus.OPEN:
        move(tx, _key(won), WonGoods.status, GOODS_STEPS, GoodsStatus.LAPSED, otherwise=GoodsMoved())
        inventory.release(tx, won.own_stock, (won.product_id, won.sku_id), 1, ref=won.id)
        listing.mark(tx, [won.product_id])


def forget(member_id: str) -> None:
    """A closed account orders nothing: what waits for it goes back. Running it twice does no harm."""
    now = clock.now()
    for won in WonGoods.query(member_id, consistent_read=True):
        if won.waits(now):
            with Transaction() as tx:
                tx.update(
                    _key(won),
                    [WonGoods.claim_by.set(now)],
                    only_if=WonGoods.status == GoodsStatus.OPEN,
                    otherwise=GoodsMoved(),
                )
                tx.emit(LapseGoods(member_id=member_id, draw_id=won.id))


def _key(won: WonGoods) -> WonGoods:
    return WonGoods(member_id=won.member_id, id=won.id)
