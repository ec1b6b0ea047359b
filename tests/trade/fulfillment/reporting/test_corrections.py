"""WeChat takes one correction of a complete report: it is not wasted, and what comes after it is noted."""

from __future__ import annotations

from chalicelib.trade.fulfillment.reporting.models import ReportStatus
from chalicelib.trade.orders import service as orders
from tests.trade.fulfillment.reporting.conftest import Desk
from tests.trade.fulfillment.reporting.factories import correct, paid, send


def test_a_mistake_mended_at_once_costs_nothing(desk: Desk) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.sweep(minutes=3)
    correct(parcel, "7300000002")
    desk.sweep(minutes=6)
    report = desk.require(order, ReportStatus.DONE, ["7300000002"])
    assert (desk.uploads(), report.correction_used) == (1, False)


def test_one_correction(desk: Desk) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.sweep(minutes=6)
    correct(parcel, "7300000002")
    desk.sweep(minutes=20)
    desk.require(order, ReportStatus.PENDING, ["7300000001"])  # perhaps it is mended again
    desk.sweep(minutes=20)
    report = desk.require(order, ReportStatus.DONE, ["7300000002"])
    assert report.correction_used
    told = desk.told(order)
    assert told is not None
    assert told.corrected


def test_several_mendings_in_a_row_are_one_correction(desk: Desk) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.sweep(minutes=6)
    correct(parcel, "7300000002")
    desk.sweep(minutes=20)
    correct(parcel, "7300000003")
    desk.sweep(minutes=15)
    desk.require(order, ReportStatus.PENDING, ["7300000001"])  # the first deadline has passed: it counts no more
    desk.sweep(minutes=25)
    desk.require(order, ReportStatus.DONE, ["7300000003"])
    assert desk.uploads() == 2


def test_mended_and_mended_back_is_no_correction(desk: Desk) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.sweep(minutes=6)
    correct(parcel, "7300000002")
    desk.sweep(minutes=10)
    correct(parcel, "7300000001")
    desk.sweep(minutes=40)
    report = desk.require(order, ReportStatus.DONE, ["7300000001"])
    assert (desk.uploads(), report.correction_used) == (1, False)


def test_a_second_correction_is_noted_and_not_sent(desk: Desk) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.sweep(minutes=6)
    for number in ("7300000002", "7300000003"):
        correct(parcel, number)
        desk.sweep(minutes=40)
    report = desk.require(order, ReportStatus.DONE, ["7300000002"])
    assert (desk.uploads(), report.outdated, report.problem) == (2, True, "10060003")
    (note,) = orders.entries(order.id)
    assert note.text == "微信不再接受发货信息的更正，买家在微信看到的运单与实际不同"
    # And back to what WeChat has: all is well again.
    correct(parcel, "7300000002")
    desk.sweep(minutes=40)
    report = desk.require(order, ReportStatus.DONE, ["7300000002"])
    assert (desk.uploads(), report.outdated, report.problem) == (2, False, None)


def test_a_correction_that_wechat_refuses_as_used(desk: Desk) -> None:
    """The chance was used in WeChat's console, which the mall does not know."""
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.sweep(minutes=6)
    told = desk.told(order)
    assert told is not None
    told.corrected = True
    correct(parcel, "7300000002")
    desk.sweep(minutes=40)
    report = desk.require(order, ReportStatus.DONE, ["7300000001"])
    assert (report.outdated, report.correction_used, report.problem) == (True, True, "10060003")


def test_a_correction_after_the_receipt(desk: Desk) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.sweep(minutes=6)
    desk.till.partners.wechat.shipping.confirm_receipt(f"{order.number}01")
    correct(parcel, "7300000002")
    desk.sweep(minutes=40)
    report = desk.require(order, ReportStatus.DONE, ["7300000001"])
    assert (report.outdated, report.problem) == (True, "10060004")


def test_the_answer_to_a_correction_was_lost(desk: Desk) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001")
    desk.sweep(minutes=6)
    correct(parcel, "7300000002")
    desk.till.partners.faults.api("upload_shipping_info", "lost_answer", seconds=0)
    desk.sweep(minutes=40)
    report = desk.require(order, ReportStatus.DONE, ["7300000002"])
    assert (report.correction_used, report.outdated) == (True, False)


def test_mended_before_everything_has_left_uses_no_chance(desk: Desk) -> None:
    order = paid(desk.till)
    (parcel,) = send(order, "7300000001", last=False)
    desk.sweep(minutes=6)
    correct(parcel, "7300000002")
    desk.sweep(minutes=6)
    report = desk.require(order, ReportStatus.SENT, ["7300000002"])
    assert not report.correction_used
    send(order, "7300000003")
    desk.sweep(minutes=6)
    told = desk.told(order)
    assert told is not None
    assert (desk.numbers(order), told.corrected) == (["7300000002", "7300000003"], False)
