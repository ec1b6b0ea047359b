"""What every step of an after-sale shares: reading all that it needs, moving it on, showing it to its buyer.

Algorithm and promise: docs/algorithms/after-sales.md.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import clock, pages, states
from chalicelib.core.errors import DomainError
from chalicelib.core.ledgers import AccountMoved
from chalicelib.core.schemas import Page
from chalicelib.core.settings import settings
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory.models import Reason, StockEntry, entry_id
from chalicelib.trade.after_sales.errors import AfterSaleMovedOn, AfterSaleNotFound, BookMoved, UnfinishedAfterSale
from chalicelib.trade.after_sales.events import AfterSaleDue, AfterSaleMoved
from chalicelib.trade.after_sales.models import OPEN, STEPS, SYSTEM, AfterSale, AfterSaleBook, Status, Step, status_day
from chalicelib.trade.after_sales.schemas import AfterSaleView, ListAfterSales
from chalicelib.trade.fulfillment.entitlements import service as entitlements
from chalicelib.trade.fulfillment.entitlements.errors import EntitlementChanged
from chalicelib.trade.fulfillment.entitlements.models import Entitlement
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.fulfillment.shipments.errors import ShipmentChanged
from chalicelib.trade.fulfillment.shipments.models import Shipment
from chalicelib.trade.orders.errors import OrderChanged, OrderNotFound
from chalicelib.trade.orders.models import Fulfillment, Order
from chalicelib.trade.payments.refunds.errors import RefundMoved, RefundTooLarge

log = logging.getLogger(__name__)
T = TypeVar("T")
TRIES = 5
EXPORTED = 200
MOVING = (
    *(AccountMoved, BookMoved, EntitlementChanged, OrderChanged),
    *(RefundMoved, RefundTooLarge, ShipmentChanged),
)
"""Something that was read changed meanwhile, or between two reads: read it again, and decide again."""


@dataclass(frozen=True)
class Scene:
    """An order with all that a decision about its pieces looks at, as of one moment."""

    order: Order
    book: AfterSaleBook
    planned: list[Shipment]
    entitled: list[Entitlement]
    """What waits in a store, of an order that is fetched."""


@dataclass(frozen=True)
class Case(Scene):
    """The scene of one after-sale."""

    sale: AfterSale


def insistently(act: Callable[[], T]) -> T:
    """*act*, which reads, decides and writes, again when something moved in between."""
    for _ in range(TRIES - 1):
        try:
            return act()
        except MOVING:
            continue
    return act()


def load(member_id: str, after_sale_id: str) -> AfterSale:
    """The member's after-sale, this moment. :raises AfterSaleNotFound: it is not theirs, or does not exist."""
    sale = AfterSale.find(member_id, after_sale_id, consistent=True)
    if sale is None:
        raise AfterSaleNotFound()
    return sale


def scene(member_id: str, order_id: str) -> Scene:
    """The member's order, its book and its shipments, this moment. :raises OrderNotFound: it is not theirs."""
    key = (member_id, order_id)
    found = batch_get({Order: [key], AfterSaleBook: [order_id]}, consistent=True)
    if key not in found[Order]:
        raise OrderNotFound()
    book = found[AfterSaleBook].get(order_id) or AfterSaleBook(order_id=order_id)
    order: Order = found[Order][key]
    if order.fulfillment is Fulfillment.PARCEL:
        return Scene(order, book, shipments.of_order(order_id), [])
    return Scene(order, book, [], entitlements.of_order(order_id))


def case_of(sale: AfterSale) -> Case:
    """The after-sale as it was read, with its scene of this moment."""
    around = scene(sale.member_id, sale.order_id)
    return Case(around.order, around.book, around.planned, around.entitled, sale)


def open_case(member_id: str, after_sale_id: str) -> Case:
    """As :func:`load`, with the scene."""
    return case_of(load(member_id, after_sale_id))


def move(tx: Transaction, sale: AfterSale, to: Status, *actions: Action, actor: str, text: str = "") -> None:
    """Add the step *to* to *tx*: its entry of the timeline, its deadline, its event.

    :raises AfterSaleMovedOn: not from where it is; (at commit) it changed since it was read.
    """
    if not STEPS.allows(sale.status, to):
        raise AfterSaleMovedOn(status=sale.status.value)
    now, due_at = clock.now(), due(to)
    step = Step(at=now, status=to, actor=actor, text=text)
    states.move(
        tx,
        AfterSale(member_id=sale.member_id, id=sale.id),
        AfterSale.status,
        STEPS,
        to,
        AfterSale.status_day.set(status_day(to, clock.business_day(now).isoformat())),
        AfterSale.moved_at.set(now),
        AfterSale.steps.set([*sale.steps, step]),
        AfterSale.due_at.set(due_at) if due_at else AfterSale.due_at.remove(),
        AfterSale.overdue_at.remove(),
        AfterSale.version.set(sale.version + 1),
        *actions,
        also=AfterSale.version == sale.version,
        otherwise=AfterSaleMovedOn(),
    )
    announce(tx, sale, to, due_at, sale.version + 1)


def announce(tx: Transaction, sale: AfterSale, status: Status, due_at: datetime | None, version: int) -> None:
    """The events of a status that was just come to."""
    named = {"member_id": sale.member_id, "after_sale_id": sale.id, "order_id": sale.order_id}
    tx.emit(AfterSaleMoved(**named, status=status.value))
    if due_at is not None:
        tx.emit(AfterSaleDue(**named, version=version), at=due_at)


def due(status: Status) -> datetime | None:
    """When a status that begins now ends by itself, or a person is told; None: it may last."""
    given = settings()
    lasts: dict[Status, timedelta] = {
        Status.REQUESTED: timedelta(hours=given.after_sale_answer_hours),
        Status.APPEALED: timedelta(hours=given.after_sale_answer_hours),
        Status.RETURNING: timedelta(days=given.after_sale_send_days),
        Status.SENT: timedelta(days=given.after_sale_arrival_days),
        Status.RECEIVED: timedelta(days=given.after_sale_inspect_days),
        Status.REPLACING: timedelta(hours=given.ship_within_hours),
    }
    return clock.now() + lasts[status] if status in lasts else None


def ring(tx: Transaction, sale: AfterSale, text: str) -> None:
    """A person has to look: it is overdue, and an alarm rings. :raises AfterSaleMovedOn: (at commit)"""
    log.error("after-sale needs a person", extra={"alarm": True, "after_sale_id": sale.id, "status": sale.status.value})
    add_note(tx, sale, SYSTEM, text, AfterSale.overdue_at.set(clock.now()))


def add_note(tx: Transaction, sale: AfterSale, actor: str, text: str, *actions: Action) -> None:
    """An entry of the timeline, in the status in which it is. :raises AfterSaleMovedOn: (at commit)"""
    step = Step(at=clock.now(), status=sale.status, actor=actor, text=text)
    tx.update(
        AfterSale(member_id=sale.member_id, id=sale.id),
        [AfterSale.steps.set([*sale.steps, step]), AfterSale.version.set(sale.version + 1), *actions],
        only_if=AfterSale.version == sale.version,
        otherwise=AfterSaleMovedOn(),
    )


def mine(member_id: str, asked: ListAfterSales) -> Page[AfterSaleView]:
    """The member's after-sales, newest first."""
    condition: Condition | None = None
    if asked.status is not None:
        condition &= AfterSale.status == asked.status
    if asked.order_id is not None:
        condition &= AfterSale.order_id == asked.order_id
    found, cursor = pages.query(
        AfterSale, member_id, limit=asked.limit, cursor=asked.cursor, filter_condition=condition
    )
    return Page[AfterSaleView](items=[AfterSaleView.of(sale) for sale in found], cursor=cursor)


def view(member_id: str, after_sale_id: str) -> AfterSaleView:
    """The member's after-sale. :raises AfterSaleNotFound:"""
    return AfterSaleView.of(load(member_id, after_sale_id))


def returned_as(after_sale_id: str) -> str:
    """The cause under which the stocks' logs know what it brings back. Not its own id: an exchange takes the
    replacement, and may give it back, under that."""
    return f"{after_sale_id}-back"


def is_back(after_sale_id: str, stock: str) -> bool:
    """Whether what the after-sale brings back lies in that stock (the text of its key), this moment. One read."""
    entry = entry_id(returned_as(after_sale_id), Reason.GIVEN_BACK)
    return StockEntry.find(stock, entry, consistent=True) is not None


def stands_against_closing(member_id: str) -> DomainError | None:
    """An account with an open after-sale stays open. Registered with identity."""
    found = AfterSale.query(member_id, filter_condition=AfterSale.status.is_in(*OPEN), limit=1, consistent_read=True)
    return UnfinishedAfterSale() if any(True for _ in found) else None


def export(member_id: str) -> list[dict[str, object]]:
    """The member's newest after-sales, for the copy of their personal data. Registered with identity."""
    newest = AfterSale.query(member_id, scan_index_forward=False, limit=EXPORTED)
    return [AfterSaleView.of(sale).model_dump(mode="json") for sale in newest]
