"""What has left is told to WeChat: once, whole, in time."""

from __future__ import annotations

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.reporting.models import ReportStatus
from chalicelib.trade.fulfillment.shipments.models import Delivery
from chalicelib.trade.orders import service as orders
from tests.trade.fulfillment.reporting.conftest import Desk
from tests.trade.fulfillment.reporting.factories import paid, send
from tests.trade.payments.factories import now_of, place


def test_one_parcel_is_told_once_and_unified(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "7300000001")
    desk.sweep(minutes=4)
    assert desk.uploads() == 0
    desk.sweep(minutes=2)
    report = desk.require(order, ReportStatus.DONE, ["7300000001"])
    told = desk.told(order)
    assert told is not None
    assert (told.kind, told.mode, told.finished, told.corrected) == (1, 1, True, False)
    assert (report.problem, report.due_at, report.lease_until, report.correction_used) == (None, None, None, False)
    desk.sweep(minutes=600)
    assert desk.uploads() == 1


def test_parcels_of_one_moment_are_one_upload(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "7300000001", "7300000002", "7300000003")
    desk.sweep(minutes=6)
    desk.require(order, ReportStatus.DONE, ["7300000001", "7300000002", "7300000003"])
    told = desk.told(order)
    assert told is not None
    assert (told.mode, told.finished, desk.uploads()) == (2, True, 1)


def test_parcels_one_after_another_are_told_so_far(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "7300000001", last=False)
    desk.sweep(minutes=6)
    desk.require(order, ReportStatus.SENT, ["7300000001"])
    told = desk.told(order)
    assert told is not None
    assert (told.mode, told.finished) == (2, False)
    send(order, "7300000002")
    desk.sweep(minutes=6)
    report = desk.require(order, ReportStatus.DONE, ["7300000001", "7300000002"])
    told = desk.told(order)
    assert told is not None
    # No chance was used: the shipping was not complete before.
    assert (told.finished, told.corrected, report.correction_used) == (True, False, False)


def test_the_rest_never_leaves_and_the_mode_stays(desk: Desk) -> None:
    """An order whose last pieces were given up is complete with the parcels it has: still split, as told before."""
    order = paid(desk.till)
    send(order, "7300000001", last=False)
    desk.sweep(minutes=6)
    with Transaction() as tx:
        orders.ship(tx, now_of(order), complete_by=now_of(order).placed_at)
    desk.sweep(minutes=6)
    desk.require(order, ReportStatus.DONE, ["7300000001"])
    told = desk.told(order)
    assert told is not None
    assert (told.mode, told.finished, told.corrected) == (2, True, False)


def test_of_many_parcels_the_first_fifteen(desk: Desk) -> None:
    order = paid(desk.till)
    numbers = [f"73000000{each:02}" for each in range(17)]
    send(order, *numbers[:16], last=False)
    desk.sweep(minutes=6)
    desk.require(order, ReportStatus.SENT, numbers[:15])
    send(order, numbers[16], last=False)
    desk.sweep(minutes=6)
    assert desk.uploads() == 1  # WeChat would hear the same
    desk.require(order, ReportStatus.SENT, numbers[:15])
    send(order, "7300000099")
    desk.sweep(minutes=6)
    desk.require(order, ReportStatus.DONE, numbers[:15])
    told = desk.told(order)
    assert told is not None
    assert told.finished


def test_parcels_that_keep_coming_put_it_off_an_hour_at_most(desk: Desk) -> None:
    order = paid(desk.till)
    for each in range(15):
        send(order, f"73000000{each:02}", last=False)
        desk.sweep(minutes=4.5)
    assert desk.uploads() == 1
    assert desk.report(order).status in (ReportStatus.SENT, ReportStatus.PENDING)


@pytest.mark.parametrize(("delivery", "kind"), [(Delivery.SAME_CITY, 2), (Delivery.VIRTUAL, 3), (Delivery.PICKUP, 4)])
def test_what_goes_without_a_courier(desk: Desk, delivery: Delivery, kind: int) -> None:
    order = paid(desk.till)
    send(order, delivery=delivery)
    desk.sweep(minutes=6)
    desk.require(order, ReportStatus.DONE, [""])
    told = desk.told(order)
    assert told is not None
    assert (told.kind, told.mode, told.parcels) == (kind, 1, [{"item_desc": "蚕丝被 四季款*1"}])


def test_without_a_courier_in_parts_waits_until_all_is_out(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, delivery=Delivery.SAME_CITY, last=False)
    desk.sweep(minutes=60)
    assert desk.uploads() == 0
    send(order, delivery=Delivery.SAME_CITY)
    desk.sweep(minutes=6)
    told = desk.told(order)
    assert told is not None
    assert [each["item_desc"] for each in told.parcels] == ["蚕丝被 四季款*2"]


def test_without_a_courier_in_parts_is_told_before_the_deadline(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, delivery=Delivery.SAME_CITY, last=False)
    desk.sweep(minutes=46 * 60)
    assert desk.uploads() == 0
    desk.sweep(minutes=61)
    desk.require(order, ReportStatus.DONE, [""])


def test_goods_by_courier_go_before_those_handed_over(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, delivery=Delivery.VIRTUAL, last=False)
    send(order, "7300000001")
    desk.sweep(minutes=6)
    desk.require(order, ReportStatus.DONE, ["7300000001"])
    told = desk.told(order)
    assert told is not None
    assert (told.kind, told.mode) == (1, 1)


def test_sf_wants_a_masked_phone_and_the_others_get_none(desk: Desk) -> None:
    first, second = paid(desk.till), paid(desk.till)
    send(first, "SF1000000000001", carrier="sf")
    send(second, "7300000001")
    desk.sweep(minutes=6)
    told = [desk.told(order) for order in (first, second)]
    assert [each.parcels[0].get("contact") for each in told if each] == [{"receiver_contact": "138****0000"}, None]
    # WeChat gets nothing of the person but that.
    assert "13800000000" not in desk.till.partners.dump().replace(first.phone + '"', "")


def test_an_order_without_money_of_wechat_is_not_reported(desk: Desk) -> None:
    order = place(amount=0)
    with Transaction() as tx:
        orders.pay(tx, order, payment_id="none", amount=0)
    with Transaction() as tx:
        orders.begin_processing(tx, now_of(order))
    send(order, "7300000001")
    desk.sweep(minutes=600)
    assert desk.report(order).status is ReportStatus.NOT_NEEDED
    assert desk.uploads() == 0


def test_every_message_twice_tells_once(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "7300000001", last=False)
    desk.sweep(minutes=6, twice=True)
    send(order, "7300000002")
    desk.sweep(minutes=6, twice=True)
    desk.sweep(minutes=600, twice=True)
    desk.require(order, ReportStatus.DONE, ["7300000001", "7300000002"])
    assert desk.uploads() == 2


def test_completed_before_it_was_told_is_told_all_the_same(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "7300000001")
    desk.sweep(minutes=1)
    with Transaction() as tx:
        orders.complete(tx, now_of(order), by="buyer")
    desk.sweep(minutes=6)
    desk.require(order, ReportStatus.DONE, ["7300000001"])
