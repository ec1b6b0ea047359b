"""Giving: each piece one code, each code once. Algorithm: docs/algorithms/pickup.md, "Goods that are codes"."""

from __future__ import annotations

import logging
import secrets

from chalicelib.core import clock
from chalicelib.core.errors import TooBusy
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.goods_codes.errors import CodeTaken
from chalicelib.trade.fulfillment.goods_codes.events import CodesAdded, CodesGiven, CodesWanted
from chalicelib.trade.fulfillment.goods_codes.models import CodeGrant, CodeWait, GivenCode, GoodsCode
from chalicelib.trade.fulfillment.goods_codes.schemas import CodesView, CodeView
from chalicelib.trade.fulfillment.goods_codes.sealing import service as sealing
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order, OrderStatus

log = logging.getLogger(__name__)
TRIES = 10
WOKEN = 20


class Codes:
    """Fulfills orders of codes."""

    def begin(self, tx: Transaction, order: Order) -> None:
        begin(tx, order)

    def cancel(self, tx: Transaction, order: Order) -> None:
        """One that waits for codes finds itself canceled when some come."""


def begin(tx: Transaction, order: Order) -> None:
    """The paid order shall have its codes. Nothing, if it is not ready (any more)."""
    if order.status is not OrderStatus.PAID or order.holds:
        return
    orders.begin_processing(tx, order)
    tx.emit(CodesWanted(member_id=order.member_id, order_id=order.id))


def give(tx: Transaction, order: Order) -> None:
    """Give the order its codes, all of them or none, in a transaction of its own with its step to *shipped*; or let it
    wait, and ring. Run twice, the second finds the order shipped.

    :raises OrderChanged: it changed meanwhile. :raises TooBusy: others kept taking the same codes; run it again.
    """
    if order.status is not OrderStatus.PROCESSING:
        return
    wanted = _wanted(order)
    for _ in range(TRIES):
        found, lacking = _pick(wanted)
        if lacking:
            _wait(tx, order, lacking)
            return
        if not found:
            return  # all of it was refunded: it is ended by who refunded it
        try:
            _grant(order, found)
            return
        except CodeTaken:
            continue
    raise TooBusy()


def wake(tx: Transaction, sku_id: str, after: str) -> None:
    """Codes came: the orders that wait are looked at again, some at a time, those first that wait longest."""
    later = CodeWait.order_id > after if after else None
    woken = list(CodeWait.query(sku_id, later, limit=WOKEN, consistent_read=True))
    for each in woken:
        tx.delete(each)
        tx.emit(CodesWanted(member_id=each.member_id, order_id=each.order_id))
    if len(woken) == WOKEN:
        tx.emit(CodesAdded(sku_id=sku_id, after=woken[-1].order_id))


def mine(member_id: str, order_id: str) -> CodesView:
    """The codes of the member's order. :raises OrderNotFound: it is not theirs, or does not exist.

    :raises CodeUnreadable:
    """
    order = orders.load(member_id, order_id, consistent=True)
    grant = CodeGrant.find(order.id, consistent=True)
    if grant is None:
        return CodesView(given_at=None, items=[])
    known = batch_get({GoodsCode: [(each.sku_id, each.code_id) for each in grant.codes]}, consistent=True)[GoodsCode]
    items = [
        CodeView(
            line=each.line,
            name=order.lines[each.line].name,
            spec=order.lines[each.line].spec,
            code=sealing.opened(known[(each.sku_id, each.code_id)]),
        )
        for each in grant.codes
    ]
    return CodesView(given_at=grant.given_at, items=items)


def _wanted(order: Order) -> list[tuple[int, str, int]]:
    """Line, SKU, pieces that are not refunded."""
    return [
        (number, line.sku_id, pieces)
        for number, line in enumerate(order.lines)
        if (pieces := line.quantity - order.refunded_units.get(str(number), 0)) > 0
    ]


def _pick(wanted: list[tuple[int, str, int]]) -> tuple[list[GivenCode], dict[str, int]]:
    """Free codes for every piece, from somewhere in the pool, so that two orders seldom pick the same; and SKU → how
    many are lacking."""
    picked: list[GivenCode] = []
    lacking: dict[str, int] = {}
    used: dict[str, set[str]] = {}
    for line, sku_id, pieces in wanted:
        taken = used.setdefault(sku_id, set())
        start = somewhere()
        after = GoodsCode.by_free.query(sku_id, GoodsCode.id > start, limit=pieces + len(taken))
        ids = [each.id for each in after if each.id not in taken][:pieces]
        if len(ids) < pieces:
            before = GoodsCode.by_free.query(sku_id, GoodsCode.id <= start, limit=pieces + len(taken))
            ids += [each.id for each in before if each.id not in taken][: pieces - len(ids)]
        taken.update(ids)
        picked += [GivenCode(line=line, sku_id=sku_id, code_id=each) for each in ids]
        if len(ids) < pieces:
            lacking[sku_id] = lacking.get(sku_id, 0) + pieces - len(ids)
    return picked, lacking


def somewhere() -> str:
    """Where in the pool picking begins: an id that may be there or not."""
    return secrets.token_hex(20)


def _grant(order: Order, codes: list[GivenCode]) -> None:
    now = clock.now()
    with Transaction() as own:
        orders.ship(own, order, complete_by=now, refunds_as_read=True)
        for each in codes:
            own.update(
                GoodsCode(sku_id=each.sku_id, id=each.code_id),
                [GoodsCode.free_sku_id.remove(), GoodsCode.order_id.set(order.id), GoodsCode.given_at.set(now)],
                only_if=GoodsCode.free_sku_id.exists() & GoodsCode.order_id.does_not_exist(),
                otherwise=CodeTaken(),
            )
        own.put(CodeGrant(order_id=order.id, member_id=order.member_id, codes=codes, given_at=now))
        own.emit(CodesGiven(member_id=order.member_id, order_id=order.id))


def _wait(tx: Transaction, order: Order, lacking: dict[str, int]) -> None:
    log.error("no codes left", extra={"alarm": True, "order_id": order.id, "skus": sorted(lacking)})
    for sku_id, pieces in lacking.items():
        tx.put(
            CodeWait(sku_id=sku_id, order_id=order.id, member_id=order.member_id, lacking=pieces, since_at=clock.now())
        )
    orders.note(tx, order, "系统", f"卡密库存不足，缺 {sum(lacking.values())} 个，补充后自动发放")
