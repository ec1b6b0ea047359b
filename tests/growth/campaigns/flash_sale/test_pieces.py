"""Staff add pieces to a lot under way, and take out what nobody holds: counters and stocks move as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.errors import PiecesGone
from chalicelib.growth.campaigns.flash_sale.moving import service as moving
from tests.growth.campaigns.factories import Booth, change_pieces
from tests.growth.campaigns.flash_sale.factories import (
    TEN,
    TWO_PM,
    Sale,
    forget,
    free,
    in_stock,
    open_sale,
    require_sound,
)
from tests.growth.campaigns.friends import at_once
from tests.harness import Cloud, MovableClock
from tests.trade import factories

Do = Callable[..., Any]


def change(sale: Sale, delta: int, key: str = "pieces-01", part: str = TEN, **more: Any) -> Any:
    return change_pieces(sale.booth, sale.campaign, delta, key, sku_id=sale.sku_id, part=part, **more)


def test_sold_out_filled_up_and_taken_out(sale: Sale, drain: Do) -> None:
    for name in ("an", "bo", "cy"):
        sale.buyer(name).tap().ok()
    late = sale.buyer("dee")
    assert late.tap().code == "flash_sale_sold_out"
    assert change(sale, -1).code == "campaign_pieces_gone"  # all are promised
    change(sale, 2, "pieces-02").ok()
    forget()
    assert (free(sale), in_stock(sale), factories.available(sale.product)) == (2, 5, 5)
    late.tap().ok()
    assert late.buy().status == 201
    (shown,) = sale.http.get(f"/flash-sale/sessions/{sale.campaign['id']}-{TEN}").ok()["goods"]
    assert (shown["pieces"], shown["left"]) == (5, 1)
    assert change(sale, -2, "pieces-03").code == "campaign_pieces_gone"
    change(sale, -1, "pieces-04").ok()
    forget()
    assert sale.buyer("ed").tap().code == "flash_sale_sold_out"
    drain(redeliver=True)
    require_sound(sale, 10)
    assert [(each["set_aside"], each["left"]) for each in sale.booth.show(sale.campaign)["stocks"]] == [(4, 3)]
    sale.booth.step(sale.campaign, "stop")
    drain()
    assert factories.available(sale.product) == 9


def test_before_anybody_came(booth: Booth, frozen: MovableClock) -> None:
    """No counter has a row yet: the lot's own pieces count in it."""
    sale = open_sale(booth, 3, later=3)
    change(sale, 4, part=TWO_PM).ok()
    change(sale, -2, "pieces-02").ok()
    assert (free(sale), in_stock(sale)) == (1, 8)
    require = Sale(sale.http, booth, sale.product, sale.campaign, TWO_PM)
    assert free(require) == 7
    frozen.move(hours=3)  # the first session is over, the second has not begun
    assert change(sale, 1, "pieces-03").code == "invalid"
    change(sale, -1, "pieces-04").ok()
    assert (free(sale), in_stock(sale)) == (0, 7)


def test_refusals(sale: Sale, cloud: Cloud) -> None:
    version, staff = sale.booth.show(sale.campaign)["version"], sale.booth.staff
    path = f"/admin/campaigns/{sale.campaign['id']}/pieces"
    with cloud.unchanged():
        for more, code in (
            ({}, "invalid"),
            ({"part": TWO_PM}, "invalid"),
            ({"part": TEN, "delta": 8}, "out_of_stock"),
            ({"part": TEN, "delta": -4}, "campaign_pieces_gone"),
            ({"part": TEN, "sku_id": "sku_other"}, "invalid"),
        ):
            body = {"delta": 1, "sku_id": sale.sku_id, "version": version, **more}
            assert staff.post(path, json=body, key="pieces-01").code == code


def test_a_ticket_between_look_and_commit(sale: Sale) -> None:
    """Whoever got a ticket meanwhile keeps it: nothing is taken out."""
    lot = sale.lot
    shares = moving.shares(lot, -3)
    buyer = sale.buyer("an")
    buyer.tap().ok()
    with pytest.raises(PiecesGone), Transaction() as tx:
        moving.recount(tx, lot, -3, shares)
    assert free(sale) == 2
    require_sound(sale, 10)


def test_a_lot_of_many_shards_is_served_in_one_transaction(booth: Booth) -> None:
    sale = open_sale(booth, 1_200, stock=3_000)
    assert sale.lot.shards == 60
    change(sale, 1_000).ok()
    assert (free(sale), in_stock(sale)) == (2_200, 2_200)
    assert change(sale, -2_200, "pieces-02").code == "campaign_pieces_gone"  # of 30 shards at once
    change(sale, -1_500, "pieces-03").ok()
    assert (free(sale), in_stock(sale), factories.available(sale.product)) == (700, 700, 2_300)
    require_sound(sale, 3_000)


@pytest.mark.dynoxide
def test_staff_and_a_rush_at_once(sale: Sale) -> None:
    """Five want tickets of three pieces; staff take out two, or add two, meanwhile."""
    buyers = [sale.buyer(f"buyer-{n}") for n in range(5)]
    version, staff = sale.booth.show(sale.campaign)["version"], sale.booth.staff
    path = f"/admin/campaigns/{sale.campaign['id']}/pieces"
    body = {"sku_id": sale.sku_id, "part": TEN, "version": version}

    def move(delta: int) -> Any:
        return staff.post(path, json={**body, "delta": delta}, key=f"pieces{delta}00")

    replies = at_once([*(each.tap for each in buyers), lambda: move(-2), lambda: move(2)])
    assert {each.code for each in replies if each.status >= 400} <= {
        "flash_sale_sold_out",
        "too_busy",
        "too_many_requests",
        "campaign_pieces_gone",
        "campaign_edited",
    }
    delta = sum(by for by, each in zip((-2, 2), replies[5:], strict=True) if each.status < 300)
    forget()
    assert in_stock(sale) == 3 + delta
    assert factories.available(sale.product) == 7 - delta
    lot = sale.lot
    assert lot.is_open(clock.now())
    assert free(sale) + sale.tickets()["open"] <= 3 + delta
