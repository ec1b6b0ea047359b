"""Getting a ticket under a rush, spending it, returning it. docs/algorithms/flash-sale.md.

First the counter, then the ticket; what dies in between is finished by the member's next tap, or mended.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import clock, pages, states
from chalicelib.core.errors import DomainError, TooBusy
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.limits import service as limits
from chalicelib.growth.campaigns.base.models import Tally
from chalicelib.growth.campaigns.base.schemas import Posting
from chalicelib.growth.campaigns.base.service import is_for
from chalicelib.growth.campaigns.flash_sale.counters import service as counters
from chalicelib.growth.campaigns.flash_sale.errors import (
    AlreadyBought,
    LimitReached,
    NotForYou,
    NotOpenYet,
    SessionNotFound,
    SessionOver,
    SoldOut,
    TicketGone,
    TicketMoved,
    TriesUsed,
)
from chalicelib.growth.campaigns.flash_sale.events import FreePiece, LapseTicket
from chalicelib.growth.campaigns.flash_sale.lots import service as lots
from chalicelib.growth.campaigns.flash_sale.lots.service import Lot
from chalicelib.growth.campaigns.flash_sale.memory import service as memory
from chalicelib.growth.campaigns.flash_sale.models import STEPS, FlashSaleTicket, FlashSaleTicketStatus, holder_of
from chalicelib.growth.campaigns.flash_sale.tickets.schemas import GetTicket, TicketView
from chalicelib.mall.identity.members.models import Member

KEEP = timedelta(days=30)


def get(member_id: str, asked: GetTicket) -> FlashSaleTicket:
    """The member's ticket of a lot; the one they have, or a new one. One read and two writes, none when it is sold out.

    :raises SoldOut, NotOpenYet, SessionOver, SessionNotFound, NotForYou, LimitReached, AlreadyBought, TriesUsed:
    :raises TooManyRequests: the member taps too fast. :raises TooBusy: ask again.
    """
    if memory.sold_out.find(lots.lot_id(asked.campaign_id, asked.session, asked.sku_id)):
        raise SoldOut()
    posting = lots.posting_of(asked.campaign_id, asked.product_id)
    lot = lots.lot_in(asked.campaign_id, posting, asked.session, asked.sku_id) if posting is not None else None
    if posting is None or lot is None:
        raise SessionNotFound()
    _require_open(lot)
    memory.slow_down(member_id)
    found = batch_get(
        {FlashSaleTicket: [(member_id, lot.id)], Tally: [member_id], Member: [member_id]}, consistent=True
    )
    old: FlashSaleTicket | None = found[FlashSaleTicket].get((member_id, lot.id))
    if old is not None and is_valid(old, clock.now()):
        return old
    member = Member.require_active(found[Member].get(member_id))
    _require_may(member, found[Tally].get(member_id), lot, posting, old)
    if old is not None and old.status is FlashSaleTicketStatus.OPEN:
        _lapse(old)
    return _take(member_id, asked.product_id, lot, posting, old)


def is_valid(ticket: FlashSaleTicket, at: datetime) -> bool:
    """Whether an order may be made with it. The end itself is over."""
    return ticket.status is FlashSaleTicketStatus.OPEN and at < ticket.valid_until


def mine(member_id: str, asked: PageQuery) -> Page[TicketView]:
    """The member's tickets, as of this moment."""
    found, cursor = pages.query(FlashSaleTicket, member_id, limit=asked.limit, cursor=asked.cursor, consistent=True)
    return Page[TicketView](items=[TicketView.of(each, clock.now()) for each in found], cursor=cursor)


def export(member_id: str) -> list[dict[str, object]]:
    """The member's newest tickets, for the copy of their personal data. Registered with identity."""
    names = {"campaign_id", "session", "sku_id", "status", "got_at", "order_id"}
    return [each.model_dump(mode="json", include=names) for each in mine(member_id, PageQuery(limit=100)).items]


def spend(tx: Transaction, ticket: FlashSaleTicket, order_id: str) -> None:
    """The ticket makes this order, and no other. :raises TicketGone: (at commit) it is not open, or no longer valid."""
    valid = FlashSaleTicket.valid_until > clock.now()
    _move(
        tx,
        ticket,
        FlashSaleTicketStatus.SPENT,
        FlashSaleTicket.order_id.set(order_id),
        also=valid,
        otherwise=TicketGone(),
    )


def give_up(tx: Transaction, ticket: FlashSaleTicket, order_id: str = "", after_sale_id: str = "") -> None:
    """An open ticket, or with *order_id* one that this order spent, is void; its piece goes back after that.

    :param after_sale_id: what brings the order's piece back; without one the order was canceled.

    :raises TicketMoved: (at commit) it was spent, or returned, meanwhile.
    """
    same = FlashSaleTicket.order_id == order_id if order_id else FlashSaleTicket.status == FlashSaleTicketStatus.OPEN
    _move(tx, ticket, FlashSaleTicketStatus.RETURNED, also=same, otherwise=TicketMoved())
    free(tx, ticket, order_id, after_sale_id)


def free(tx: Transaction, ticket: FlashSaleTicket, order_id: str = "", after_sale_id: str = "") -> None:
    """Its piece goes back, and the ticket stays what it is: see :func:`give_up`."""
    named = {"counter_id": ticket.counter_id, "holder": ticket.holder}
    tx.emit(FreePiece(**named, order_id=order_id, after_sale_id=after_sale_id))


def _move(
    tx: Transaction,
    ticket: FlashSaleTicket,
    to: FlashSaleTicketStatus,
    *actions: Action,
    also: Condition,
    otherwise: DomainError,
) -> None:
    same = (FlashSaleTicket.serial == ticket.serial) & also
    key = FlashSaleTicket(member_id=ticket.member_id, lot_id=ticket.lot_id)
    states.move(tx, key, FlashSaleTicket.status, STEPS, to, *actions, also=same, otherwise=otherwise)


def _lapse(ticket: FlashSaleTicket) -> None:
    """Its time is over, and its deadline is late. :raises TooBusy: an order of the last moment spent it."""
    try:
        with Transaction() as tx:
            give_up(tx, ticket)
    except TicketMoved:
        raise TooBusy() from None


def _require_open(lot: Lot) -> None:
    now = clock.now()
    if now < lot.starts_at:
        raise NotOpenYet(starts_at=lot.starts_at, now=now)
    if not lot.is_open(now):
        raise SessionOver()


def _require_may(member: Member, tally: Tally | None, lot: Lot, posting: Posting, old: FlashSaleTicket | None) -> None:
    if not is_for(posting.segment_id, member):
        raise NotForYou()
    if old is not None and old.status is FlashSaleTicketStatus.SPENT:
        raise AlreadyBought(order_id=old.order_id)
    if old is not None and old.tries >= posting.settings["tries"]:
        raise TriesUsed()
    if limits.room(tally, lot.campaign_id, posting, lot.sku_id) == 0:
        raise LimitReached()


def _take(member_id: str, product_id: str, lot: Lot, posting: Posting, old: FlashSaleTicket | None) -> FlashSaleTicket:
    serial = (old.serial if old is not None else 0) + 1
    owner = counters.take(lot, holder_of(member_id, serial))
    now = clock.now()
    ticket = FlashSaleTicket(
        member_id=member_id,
        lot_id=lot.id,
        campaign_id=lot.campaign_id,
        session=lot.session,
        product_id=product_id,
        sku_id=lot.sku_id,
        stock_owner=owner,
        status=FlashSaleTicketStatus.OPEN,
        serial=serial,
        tries=(old.tries if old is not None else 0) + 1,
        got_at=now,
        valid_until=min(now + timedelta(minutes=posting.settings["hold_minutes"]), lot.ends_at),
        expires_at=expiry(lot.ends_at),
    )
    return _write(ticket, old)


def _write(ticket: FlashSaleTicket, old: FlashSaleTicket | None) -> FlashSaleTicket:
    deadline = LapseTicket(member_id=ticket.member_id, lot_id=ticket.lot_id, serial=ticket.serial)
    try:
        with Transaction() as tx:
            put_after(tx, ticket, old)
            tx.emit(deadline, at=ticket.valid_until)
        return ticket
    except TicketMoved:
        return _other_tap(ticket)
    # TooBusy leaves the piece held: another tap of the member's may be about to write a ticket for it. The next one is.


def put_after(tx: Transaction, ticket: FlashSaleTicket, old: FlashSaleTicket | None) -> None:
    """Write *ticket* over *old*, which is returned. :raises TicketMoved: (at commit) it is not what was read."""
    unmoved = FlashSaleTicket.serial.does_not_exist()
    if old is not None:
        unmoved = (FlashSaleTicket.serial == old.serial) & (FlashSaleTicket.status == FlashSaleTicketStatus.RETURNED)
    tx.put(ticket, only_if=unmoved, otherwise=TicketMoved())


def _other_tap(ticket: FlashSaleTicket) -> FlashSaleTicket:
    """Another tap was quicker: its ticket is the answer, and the piece that this one took is not needed."""
    found = FlashSaleTicket.find(ticket.member_id, ticket.lot_id, consistent=True)
    if found is None or found.serial < ticket.serial:
        raise TooBusy()
    if (found.serial, found.counter_id) != (ticket.serial, ticket.counter_id):
        # No tap can write a ticket for it any more. Of the same piece the row decides, whatever it says.
        counters.put_back(ticket.counter_id, ticket.holder)
    if not is_valid(found, clock.now()):
        raise TooBusy()
    return found


def expiry(ends_at: datetime) -> int:
    """When the table may forget a ticket of a session that ends then."""
    return int((ends_at + KEEP).timestamp())
