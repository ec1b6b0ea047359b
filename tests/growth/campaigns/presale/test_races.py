"""Many at once: one deposit is in one order, one piece is one member's."""

from __future__ import annotations

import pytest

from chalicelib.growth.campaigns.presale.models import Deposit
from tests.growth.campaigns.friends import at_once
from tests.growth.campaigns.presale.conftest import Open
from tests.growth.campaigns.presale.factories import BALANCE_BEGINS, DEPOSIT, ENDS, FINAL, Stand
from tests.trade import factories


@pytest.mark.dynoxide
def test_eight_at_once_on_the_last_piece(opened: Open) -> None:
    stand = opened(stock=1)
    names = [f"rush-{number}" for number in range(8)]
    for name in names:
        stand.named(name)
    keys = [stand.key() for _ in names]
    replies = at_once(
        [lambda who=name, key=key: stand.try_begin(who, key=key) for name, key in zip(names, keys, strict=True)]
    )
    assert sum(each.status == 201 for each in replies) == 1
    assert {each.code for each in replies if each.status != 201} <= {"not_depositable", "too_busy"}
    assert (Deposit.count(), stand.held()) == (1, 1)
    stand.require_conserved()


@pytest.mark.dynoxide
def test_one_deposit_ordered_four_times_at_once(stand: Stand) -> None:
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    line, counter = factories.line(stand.product), stand.named("ann")
    keys = [stand.key() for _ in range(4)]
    replies = at_once(
        [lambda key=each: counter.try_order(line, key=key, payable=FINAL, presale=view["id"]) for each in keys]
    )
    assert sum(each.status == 201 for each in replies) == 1
    refused = {each.code for each in replies if each.status != 201}
    assert refused <= {"deposit_moved", "out_of_stock", "campaign_tally_moved", "price_changed", "too_busy"}
    assert len(factories.orders_of(counter.shopper.id)) == 1
    assert (stand.standing(view), stand.held()) == ("ordered", 0)
    stand.require_conserved()


@pytest.mark.dynoxide
def test_ordered_while_staff_give_it_back(stand: Stand) -> None:
    """One of the two happens: never goods for money that went back, never money twice."""
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    line, counter = factories.line(stand.product), stand.named("ann")
    path, body = f"/admin/presale-deposits/{view['id']}/refund", {"member_id": counter.shopper.id}
    staff, key = stand.booth.staff, stand.key()
    ordered, given = at_once(
        [
            lambda: counter.try_order(line, key=key, payable=FINAL, presale=view["id"]),
            lambda: staff.post(path, json=body),
        ]
    )
    assert (ordered.status == 201) + (given.status == 200) == 1
    stand.drain()
    back = DEPOSIT if given.status == 200 else 0
    assert (stand.money(view), stand.standing(view)) == ((DEPOSIT, back), "refunded" if back else "ordered")
    stand.until(ENDS)
    stand.require_conserved()
