"""What a process that died between counter and ticket left: found, fenced, given back.

Algorithm: docs/algorithms/flash-sale.md, "Getting a ticket".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import MALL, Campaign, Phase
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.flash_sale.counters import service as counters
from chalicelib.growth.campaigns.flash_sale.events import FreePiece, MendHolder
from chalicelib.growth.campaigns.flash_sale.lots.service import NAME, Lot, lot_id, lots_of, sessions_of
from chalicelib.growth.campaigns.flash_sale.models import FlashSaleTicket, FlashSaleTicketStatus, parse_holder
from chalicelib.growth.campaigns.flash_sale.tickets.service import expiry, put_after

LOOK_BACK = timedelta(hours=1)
PATIENCE = timedelta(minutes=1)
"""Longer than a request lives: who was just between counter and ticket is through by then."""


def look() -> int:
    """Set a deadline for each holder without a ticket in sessions that run or ended lately; returns how many."""
    now, found = clock.now(), 0
    for campaign in _live():
        for lot in _recent(campaign, now):
            for counter_id, holder in _suspects(lot):
                event = MendHolder(
                    campaign_id=campaign.id,
                    session=lot.session,
                    sku_id=lot.sku_id,
                    counter_id=counter_id,
                    holder=holder,
                )
                with Transaction() as tx:
                    tx.emit(event, at=now + PATIENCE)
                found += 1
    return found


def mend(tx: Transaction, event: MendHolder) -> None:
    """If it has no ticket still: it can get none any more, and its piece goes back.

    :raises TicketMoved: (at commit) the member was quicker; the reaction comes again.
    """
    member_id, serial = parse_holder(event.holder)
    key = lot_id(event.campaign_id, event.session, event.sku_id)
    old = FlashSaleTicket.find(member_id, key, consistent=True)
    if _has_ticket(old, serial):
        return
    put_after(tx, _fence(event, member_id, serial, old), old)
    tx.emit(FreePiece(counter_id=event.counter_id, holder=event.holder))


def _fence(event: MendHolder, member_id: str, serial: int, old: FlashSaleTicket | None) -> FlashSaleTicket:
    """A row that takes the serial away from whoever would write a ticket with it. No try of the member's is used."""
    campaign = campaign_of(event.campaign_id)
    item, now = campaign.item(event.sku_id), clock.now()
    session = sessions_of(campaign.settings)[event.session]
    return FlashSaleTicket(
        member_id=member_id,
        lot_id=lot_id(event.campaign_id, event.session, event.sku_id),
        campaign_id=event.campaign_id,
        session=event.session,
        product_id=item.product_id if item is not None else "",
        sku_id=event.sku_id,
        stock_owner=event.counter_id.partition("/")[0],
        status=FlashSaleTicketStatus.RETURNED,
        serial=serial,
        tries=old.tries if old is not None else 0,
        got_at=now,
        valid_until=now,
        expires_at=expiry(session.ends_at),
    )


def _has_ticket(ticket: FlashSaleTicket | None, serial: int) -> bool:
    """Also one that is returned: then its piece is on its way."""
    return ticket is not None and ticket.serial >= serial


def _live() -> Iterator[Campaign]:
    keys = [(MALL, key.id) for key in Campaign.by_phase.query(Phase.LIVE)]
    found = batch_get({Campaign: keys})[Campaign].values() if keys else []
    return (each for each in found if each.play == NAME)


def _recent(campaign: Campaign, now: datetime) -> Iterator[Lot]:
    for item in campaign.items:
        for lot in lots_of(campaign.id, campaign.settings, item.sku_id, item):
            if lot.starts_at <= now < lot.ends_at + LOOK_BACK:
                yield lot


def _suspects(lot: Lot) -> list[tuple[str, str]]:
    holders = [(row.id, holder) for row in counters.rows_of([lot]).values() for holder in row.holders or ()]
    keys = {holder: (parse_holder(holder)[0], lot.id) for _, holder in holders}
    found = batch_get({FlashSaleTicket: list(keys.values())}, consistent=True)[FlashSaleTicket] if keys else {}
    return [
        (counter_id, holder)
        for counter_id, holder in holders
        if not _has_ticket(found.get(keys[holder]), parse_holder(holder)[1])
    ]
