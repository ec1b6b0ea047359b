"""WeChat says no, not yet, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.reporting import service
from chalicelib.trade.fulfillment.reporting.errors import ReportBusy
from chalicelib.trade.fulfillment.reporting.models import ReportStatus
from chalicelib.trade.fulfillment.reporting.uploading import service as uploading
from tests.trade.fulfillment.reporting.conftest import Desk
from tests.trade.fulfillment.reporting.factories import paid, parcel_of, send
from tests.trade.payments.factories import now_of, staff_token

RETRY = [10060001, 10060012, 10060019, -1, 44990, 45009, 48001]
STOP = [10060004]
BUG = [10060005, 10060008, 10060014, 10060031, 268485194, 268485216, 268485228, 40097]


def alarms(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.message for each in caplog.records if getattr(each, "alarm", False)]


def test_a_payment_wechat_does_not_know_yet(desk: Desk) -> None:
    desk.till.partners.wechat.state.shipping.known_after_seconds = 30 * 60
    order = paid(desk.till)
    send(order, "7300000001")
    desk.sweep(minutes=5.5)
    report = desk.require(order, ReportStatus.PENDING, [])
    assert (report.problem, report.attempts) == ("10060001", 1)
    desk.sweep(minutes=13)
    assert desk.report(order).attempts == 4
    desk.sweep(minutes=35)
    report = desk.require(order, ReportStatus.DONE, ["7300000001"])
    assert (report.problem, report.attempts) == (None, 0)
    assert desk.uploads() == 6  # ever more slowly: after 5, 6, 8, 13, 23 and 53 minutes


def test_a_payment_wechat_never_hears_of_is_given_up_after_days(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    desk.till.partners.wechat.state.shipping.known_after_seconds = 10**9
    order = paid(desk.till)
    send(order, "7300000001")
    desk.sweep(minutes=46 * 60)
    assert alarms(caplog) == []
    desk.sweep(minutes=2 * 60)  # one last try an hour before the platform's deadline, and the line rings
    assert set(alarms(caplog)) == {"shipping not reported to wechat in time"}
    desk.sweep(minutes=16 * 24 * 60)
    report = desk.require(order, ReportStatus.FAILED, [])
    assert report.problem == "10060001"
    assert 10 < desk.uploads() < 60
    before = desk.uploads()
    desk.sweep(minutes=10 * 24 * 60)
    assert desk.uploads() == before


@pytest.mark.parametrize("code", RETRY)
def test_not_now_is_tried_again(desk: Desk, code: int) -> None:
    order = paid(desk.till)
    send(order, "7300000001")
    desk.answer(code, times=3)
    desk.sweep(minutes=6)
    desk.sweep(minutes=60)
    report = desk.require(order, ReportStatus.DONE, ["7300000001"])
    assert report.attempts == 0


@pytest.mark.parametrize("code", STOP + BUG)
def test_never_is_shown_to_staff(desk: Desk, caplog: pytest.LogCaptureFixture, code: int) -> None:
    order = paid(desk.till)
    send(order, "7300000001")
    desk.answer(code)
    desk.sweep(minutes=6)
    report = desk.require(order, ReportStatus.FAILED, [])
    assert (report.problem, report.reason) == (str(code), "as the test wants rid: 1-2-3")
    assert alarms(caplog) == ["wechat refuses a shipping report"]
    desk.sweep(minutes=24 * 60)
    assert desk.uploads() == 1  # nobody asks again by himself

    staff = desk.till.http.as_(staff_token("shipping.read", "shipping.write"))
    (listed,) = staff.get("/admin/shipping-reports", query={"status": "failed"}).ok()["items"]
    assert (listed["number"], listed["problem"]) == (order.number, str(code))
    assert staff.post(f"/admin/shipping-reports/{order.number}/retry").ok()["status"] == "pending"
    desk.sweep(minutes=1)
    desk.require(order, ReportStatus.DONE, ["7300000001"])
    assert staff.get("/admin/shipping-reports", query={"status": "failed"}).ok()["items"] == []


@pytest.mark.parametrize("code", [10060002, 10060003, 10060023])
def test_done_already_is_checked(desk: Desk, code: int) -> None:
    """The answer to an upload was lost: WeChat has it, and says so."""
    order = paid(desk.till)
    send(order, "7300000001")
    desk.till.partners.faults.api("upload_shipping_info", "lost_answer", seconds=0)
    desk.sweep(minutes=5.5)
    assert desk.numbers(order) == ["7300000001"]
    assert desk.report(order).problem == "PartnerTimeout"
    desk.answer(code)
    desk.sweep(minutes=2)
    report = desk.require(order, ReportStatus.DONE, ["7300000001"])
    assert (report.outdated, report.correction_used, report.problem) == (False, False, None)


def test_the_answer_was_lost_and_the_repeat_uses_no_chance(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "7300000001")
    desk.till.partners.faults.api("upload_shipping_info", "lost_answer", seconds=0)
    desk.sweep(minutes=8)
    desk.require(order, ReportStatus.DONE, ["7300000001"])
    told = desk.told(order)
    assert told is not None
    assert (desk.uploads(), told.corrected) == (2, False)


def test_done_already_by_somebody_else_is_noted(desk: Desk) -> None:
    """Staff typed another number into WeChat's console: WeChat is not asked to change it again and again."""
    order = paid(desk.till)
    send(order, "7300000001")
    desk.answer(10060002)
    document = {"errcode": 0, "order": _order(order.number, ["9999999999"])}
    desk.till.partners.faults.api("get_order", "answer", status=200, document=document)
    desk.sweep(minutes=600)
    report = desk.report(order)
    assert (report.status, report.outdated, report.problem) == (ReportStatus.DONE, True, "10060002")
    assert desk.uploads() == 1


def test_done_already_but_nobody_tells_what(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "7300000001")
    desk.answer(10060023)
    desk.till.partners.faults.api("get_order", "500", times=3)
    desk.sweep(minutes=5.5)
    assert desk.report(order).problem == "PartnerBroken"
    desk.sweep(minutes=2)
    desk.require(order, ReportStatus.DONE, ["7300000001"])


@pytest.mark.parametrize("kind", ["500", "429", "garbage", "reset", "busy"])
def test_wechat_is_down_for_an_hour(desk: Desk, kind: str) -> None:
    order = paid(desk.till)
    send(order, "7300000001")
    desk.till.partners.faults.api("*", kind, times=1000)
    desk.sweep(minutes=65)
    assert desk.report(order).status is ReportStatus.PENDING
    desk.till.partners.faults.clear()
    desk.sweep(minutes=60)
    desk.require(order, ReportStatus.DONE, ["7300000001"])


@pytest.mark.usefixtures("impatient")
def test_wechat_hangs(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "7300000001")
    desk.till.partners.faults.api("upload_shipping_info", "timeout", seconds=1)
    desk.sweep(minutes=5.5)
    assert desk.report(order).problem == "PartnerTimeout"
    desk.sweep(minutes=2)
    desk.require(order, ReportStatus.DONE, ["7300000001"])


def test_a_carrier_that_wechat_does_not_know(desk: Desk) -> None:
    order = paid(desk.till)
    send(order, "X1", carrier="village_post")
    desk.sweep(minutes=6)
    assert desk.require(order, ReportStatus.FAILED, []).problem == "268485227"


def test_two_at_once_speak_one_after_the_other(desk: Desk, meanwhile: Callable[..., None]) -> None:
    """A parcel leaves while WeChat is being told: the older list never comes after the newer."""
    order = paid(desk.till)
    send(order, "7300000001", last=False)
    desk.sweep(minutes=4)
    meanwhile("before", "/upload_shipping_info", lambda: send(order, "7300000002"))
    desk.drain()
    desk.sweep(minutes=2, expect_failures=True)  # the first finds that there is something newer to tell
    desk.sweep(minutes=8, redeliver=True)
    desk.require(order, ReportStatus.DONE, ["7300000001", "7300000002"])
    told = desk.told(order)
    assert told is not None
    assert (told.finished, told.corrected) == (True, False)


def test_while_one_process_speaks_no_other_does(desk: Desk, meanwhile: Callable[..., None]) -> None:
    """What is newer waits until WeChat has answered, and then is told: never lost, never overtaken."""
    order = paid(desk.till)
    send(order, "7300000001", last=False)

    def newer() -> None:
        parcel_of(order, "7300000002").save()
        with Transaction() as tx:
            service.plan(tx, now_of(order), urgent=True)
        with pytest.raises(ReportBusy), Transaction() as tx:
            uploading.tell(tx, desk.report(order), now_of(order))
        assert desk.numbers(order) == []

    meanwhile("before", "/upload_shipping_info", newer)
    desk.sweep(minutes=5.5, expect_failures=True)
    assert desk.numbers(order) == ["7300000001"]
    assert desk.report(order).status is ReportStatus.PENDING  # the answer was about an older plan
    desk.clock.move(minutes=6)
    desk.sweep(minutes=10, redeliver=True)
    desk.require(order, ReportStatus.SENT, ["7300000001", "7300000002"])


def _order(number: str, waybills: list[str]) -> dict[str, object]:
    listed = [{"tracking_no": each, "express_company": "ZTO"} for each in waybills]
    return {
        "transaction_id": "4200",
        "merchant_id": "1900",
        "merchant_trade_no": f"{number}01",
        "order_state": 2,
        "shipping": {"finish_shipping": True, "finish_shipping_count": 1, "shipping_list": listed},
    }
