"""When WeChat is told of the shipping of an order, and what staff see of it. Algorithm: docs/algorithms/delivery.md."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids, pages
from chalicelib.core.schemas import Page
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import shipping
from chalicelib.mall.pushes.schemas import Push
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.fulfillment.reporting.contents.service import all_left, has_left
from chalicelib.trade.fulfillment.reporting.errors import NothingToReport, ReportNotFound
from chalicelib.trade.fulfillment.reporting.events import ShippingUrged, TellWechat
from chalicelib.trade.fulfillment.reporting.late import service as late
from chalicelib.trade.fulfillment.reporting.models import ReportStatus, ShippingReport, status_day
from chalicelib.trade.fulfillment.reporting.schemas import Checkup, FindReports, ReportView
from chalicelib.trade.fulfillment.shipments.models import Delivery, Parcel
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.desk.service import by_number
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.payments.wechat import service as wechat_payments

log = logging.getLogger(__name__)
ALLOWED = timedelta(hours=48)  # from payment to report: the platform's rule
EARLY = timedelta(hours=1)  # the last call before that
LONGEST_WAIT = timedelta(hours=1)  # new parcels put off the upload no longer than this


def plan(tx: Transaction, order: Order, *more: Action, urgent: bool = False) -> None:
    """Something about the shipping of *order* is new: WeChat shall be told, once for all of the next moments.

    Takes over from an earlier plan, whatever became of it: the later of two that run at once stands, and both will
    tell the same, for an upload says what is true at its time. An order without money of WeChat Pay is only noted.

    :param more: what else changes on the report. :param urgent: at once: staff ask for it, or WeChat urges.
    """
    payment = wechat_payments.payment_of(order)
    item = ShippingReport(order_id=order.id)
    now = clock.now()
    paid_at = payment.succeeded_at if payment is not None and payment.succeeded_at else order.paid_at or now
    named: list[Action] = [ShippingReport.member_id.set(order.member_id), ShippingReport.number.set(order.number)]
    report_by = order.ship_by if order.ship_by and late.is_late(paid_at, order.ship_by) else paid_at + ALLOWED
    named += [ShippingReport.report_by.set(report_by)]
    if payment is None:
        tx.update(item, [*named, *_status(ReportStatus.NOT_NEEDED), ShippingReport.wanted_at.set(now)])
        return
    report = ShippingReport.find(order.id, consistent=True)
    due, turn = now if urgent else _due(order, report, report_by), ids.new("trn")
    wanted_at = report.wanted_at if report is not None and report.status is ReportStatus.PENDING else now
    tx.update(
        item,
        [
            *named,
            *_status(ReportStatus.PENDING),
            ShippingReport.turn.set(turn),
            ShippingReport.due_at.set(due),
            ShippingReport.wanted_at.set(wanted_at),
            ShippingReport.attempts.set(0),
            *more,
        ],
    )
    tx.emit(TellWechat(member_id=order.member_id, order_id=order.id, turn=turn), at=due)


def find(question: FindReports) -> Page[ReportView]:
    """One page of reports of a status, newest orders first."""
    key = status_day(question.status, str(question.day))
    found, cursor = pages.query(ShippingReport.by_status, key, limit=question.limit, cursor=question.cursor)
    return Page[ReportView](items=[ReportView.of(report) for report in found], cursor=cursor)


def show(number: str) -> ReportView:
    """The report of an order. :raises OrderNotFound: :raises ReportNotFound: nothing of it has left yet."""
    return ReportView.of(_load(by_number(number)))


def retry(number: str) -> ReportView:
    """Staff: tell WeChat again, now. :raises NothingToReport: it knows, or needs not know."""
    order = by_number(number)
    report = _load(order)
    if report.status not in (ReportStatus.PENDING, ReportStatus.FAILED) or not has_left(order):
        raise NothingToReport()
    with Transaction() as tx:
        plan(tx, order, urgent=True)
    return ReportView.of(_load(order))


def check_up() -> Checkup:
    """Ask WeChat whether it takes this shop's reports at all. :raises PartnerError:"""
    known = shipping.companies()
    unknown = [each for each in carriers.all_carriers(fresh=True).values() if each.enabled and each.wechat not in known]
    return Checkup(is_managed=shipping.is_managed(), unknown_carriers=[each.code for each in unknown])


def hear_urging(push: Push, tx: Transaction) -> None:
    """WeChat says that an order is not shipped after two days. Registered with pushes."""
    urged = ShippingUrged(
        merchant_id=push.text("merchant_id"),
        payment_id=push.text("merchant_trade_no"),
        transaction_id=push.text("transaction_id"),
    )
    tx.emit(urged)


def hear_access(push: Push, tx: Transaction) -> None:
    """WeChat wants the shop to connect its shipping, or it will take no payments. Registered with pushes."""
    log.error("wechat demands shipping reports", extra={"alarm": True, "reason": push.text("msg")})


def urged(tx: Transaction, order: Order) -> None:
    """WeChat waits for *order*: told at once what has left, if anything has; staff see it in the list and the notes."""
    log.error("wechat urges shipping", extra={"alarm": True, "order_id": order.id, "status": order.status})
    orders.note(tx, order, "微信", "微信提醒：订单超过48小时未录入发货信息")
    report = ShippingReport.find(order.id, consistent=True)
    if report is not None and report.status is ReportStatus.PENDING and report.turn is not None:
        plan(tx, order, ShippingReport.urged_at.set(clock.now()), urgent=True)
    elif report is None:
        _await_shipping(tx, order)


def _await_shipping(tx: Transaction, order: Order) -> None:
    if order.status not in (OrderStatus.PAID, OrderStatus.PROCESSING):
        return
    now = clock.now()
    actions: list[Action] = [
        ShippingReport.member_id.set(order.member_id),
        ShippingReport.number.set(order.number),
        *_status(ReportStatus.PENDING),
        ShippingReport.wanted_at.set(now),
        ShippingReport.report_by.set((order.paid_at or now) + ALLOWED),
        ShippingReport.urged_at.set(now),
    ]
    # Absent still: a parcel that leaves in this very moment knows more.
    absent = ShippingReport.order_id.does_not_exist()
    tx.update(ShippingReport(order_id=order.id), actions, only_if=absent, otherwise=NothingToReport())


def _due(order: Order, report: ShippingReport | None, report_by: datetime) -> datetime:
    """A moment later, so that what is mended or added in it costs no upload, and no correction; never too late."""
    now, last_call = clock.now(), report_by - EARLY
    express = any(parcel.delivery is Delivery.EXPRESS for parcel in Parcel.query(order.id, consistent_read=True))
    if not express and not all_left(order):
        # WeChat splits express only: one upload must say all, and is put off until it can.
        return max(now, last_call)
    corrects = report is not None and report.told_all
    wait = settings().shipping_correction_delay_minutes if corrects else settings().shipping_report_delay_minutes
    since = report.wanted_at if report is not None and report.status is ReportStatus.PENDING else now
    longest = max(since + LONGEST_WAIT, now)
    return max(now, min(now + timedelta(minutes=wait), longest, max(last_call, now)))


def _status(status: ReportStatus) -> list[Action]:
    # A plan is legal whatever the status: it begins the report, or begins it anew.
    day = clock.today().isoformat()
    return [ShippingReport.status.set(status), ShippingReport.status_day.set(status_day(status, day))]


def _load(order: Order) -> ShippingReport:
    report = ShippingReport.find(order.id, consistent=True)
    if report is None:
        raise ReportNotFound()
    return report
