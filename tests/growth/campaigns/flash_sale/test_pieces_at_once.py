"""Staff change a lot's pieces: the process dies at every step, and everybody acts at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.pieces import service as pieces
from chalicelib.growth.campaigns.base.pieces.schemas import ChangePieces
from chalicelib.growth.campaigns.flash_sale.events import LapseTicket
from infra.local.faults import every_death
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.flash_sale.factories import (
    TEN,
    Buyer,
    Sale,
    forget,
    free,
    in_stock,
    open_sale,
    require_sound,
)
from tests.growth.campaigns.friends import at_once
from tests.harness import START, Cloud, MovableClock, Reply
from tests.trade import factories

Do = Callable[..., Any]
PIECES, WHOLE, PRICE = 3, 10, 9_900
REFUSED = {"too_busy", "campaign_pieces_gone", "campaign_edited", "flash_sale_sold_out", "too_many_requests"}


@pytest.mark.parametrize("delta", [3, -2])
def test_a_death_at_every_step(booth: Booth, frozen: MovableClock, cloud: Cloud, drain: Do, delta: int) -> None:
    """Counters, stocks and the campaign's record change together or not; the same tap again, and all is done once."""
    sale: Sale
    ann: Buyer
    version = 0

    def begin() -> None:
        nonlocal sale, ann, version
        cloud.memory.clear()
        forget()
        frozen.set(START)
        booth.logged_in_at = None
        sale = open_sale(booth, PIECES)
        ann = sale.buyer("ann")
        ann.tap().ok()
        version = booth.show(sale.campaign)["version"]

    def act() -> None:
        asked = ChangePieces(delta=delta, version=version, sku_id=sale.sku_id, part=TEN)
        pieces.change("stf_1", "pieces-01", sale.campaign["id"], asked)

    def check() -> None:
        assert (free(sale), in_stock(sale)) in ((2, PIECES), (2 + delta, PIECES + delta))
        require_sound(sale, WHOLE)
        act()
        drain(redeliver=True)
        assert (free(sale), in_stock(sale)) == (2 + delta, PIECES + delta)
        assert factories.available(sale.product) == WHOLE - PIECES - delta
        assert ann.buy(PRICE).ok()["payable_amount"] == PRICE
        require_sound(sale, WHOLE)

    steps = every_death(begin, act, check)
    assert sum("TransactWriteItems" in each for each in steps) >= 1


@pytest.mark.dynoxide
def test_beside_orders_taps_and_a_ticket_that_comes_back(sale: Sale, drain: Do, frozen: MovableClock) -> None:
    """All three pieces are held: two holders order, the ticket of the third lapses, two more want one; staff take one
    out, and add two."""
    slow, *holders = [sale.buyer(f"holder-{n}") for n in range(3)]
    slow.tap().ok()
    frozen.move(minutes=3)
    for each in holders:
        each.tap().ok()
    frozen.move(minutes=3)
    forget()
    with Transaction() as tx:
        tx.emit(LapseTicket(member_id=slow.shopper.id, lot_id=sale.lot_id, serial=1))
    version, staff = sale.booth.show(sale.campaign)["version"], sale.booth.staff
    path = f"/admin/campaigns/{sale.campaign['id']}/pieces"

    def move(delta: int) -> Reply:
        body = {"sku_id": sale.sku_id, "part": TEN, "version": version, "delta": delta}
        return staff.post(path, json=body, key=f"pieces{delta}00")

    def lapse() -> Reply:
        drain(redeliver=True)
        return sale.http.get("/flash-sale/sessions")

    orders = [lambda who=each: who.buy(PRICE) for each in holders]  # type: ignore[misc]
    taps = [sale.buyer(f"late-{n}").tap for n in range(2)]
    replies = at_once([*orders, *taps, lapse, lambda: move(-1), lambda: move(2)])
    assert {each.code for each in replies if each.status >= 400} <= REFUSED
    bought = sum(each.status == 201 for each in replies[:2])
    delta = sum(by for by, each in zip((-1, 2), replies[5:], strict=True) if each.status < 300)
    drain(redeliver=True)
    forget()
    assert in_stock(sale) == PIECES - bought + delta
    assert factories.available(sale.product) == WHOLE - PIECES - delta
    require_sound(sale, WHOLE)
