"""One upload: claimed, built from what is true now, said, and its answer written down."""

from __future__ import annotations

import logging
from datetime import timedelta

from pynamodb.expressions.update import Action

from chalicelib.core import clock, ids, states
from chalicelib.core.http import PartnerError
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.wechat import shipping
from chalicelib.gateways.wechat.shipping import Advice, Kind, Mode, PaymentState, ShippingInfo
from chalicelib.trade.fulfillment.reporting.advances import service as advances
from chalicelib.trade.fulfillment.reporting.contents import service as contents
from chalicelib.trade.fulfillment.reporting.errors import ReportBusy, ReportMoved
from chalicelib.trade.fulfillment.reporting.events import TellWechat
from chalicelib.trade.fulfillment.reporting.models import STEPS, ReportStatus, ShippingReport, status_day
from chalicelib.trade.fulfillment.reporting.service import EARLY
from chalicelib.trade.fulfillment.shipments.models import Parcel
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.payments.wechat import service as wechat_payments

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=2)  # longer than the queue's function may run: who held it before is dead
PAUSES = tuple(timedelta(minutes=each) for each in (1, 2, 5, 10, 30, 60, 120, 240, 480, 720))
GIVE_UP = timedelta(days=15)
TICK = timedelta(milliseconds=1)


def tell(tx: Transaction, report: ShippingReport, order: Order) -> None:
    """Tell WeChat what has left of *order*, and add to *tx* what came of it.

    :raises ReportBusy: another process is at it. :raises ReportMoved: (at commit) there is something newer to tell.
    """
    _claim(report)
    payment = wechat_payments.payment_of(order)
    parcels = list(Parcel.query(order.id, consistent_read=True))
    key = wechat_payments.key_of(payment) if payment is not None else None
    split = report.told_mode == Mode.SPLIT
    info = contents.describe(order, parcels, key=key, openid=payment.openid, split=split) if payment and key else None
    if info is None:
        # Canceled while it waited to be fetched: of money that goes back WeChat wants to hear nothing.
        if order.status is OrderStatus.CANCELED:
            _move(tx, report, ReportStatus.NOT_NEEDED, ShippingReport.due_at.remove())
        return
    if contents.digest(info) == report.told:
        _know(tx, report, order, info)
    elif report.told_all and report.correction_used:
        _outdated(tx, report, order, "10060003", correction_used=True)
    else:
        _upload(tx, report, order, info)


def _claim(report: ShippingReport) -> None:
    """Speak alone. In a transaction of its own: it must stand before WeChat hears anything."""
    now = clock.now()
    report.lease_owner = ids.new("lse")
    free = ShippingReport.lease_until.does_not_exist() | (ShippingReport.lease_until <= now)
    with Transaction() as claim:
        claim.update(
            ShippingReport(order_id=report.order_id),
            [ShippingReport.lease_owner.set(report.lease_owner), ShippingReport.lease_until.set(now + LEASE)],
            only_if=(ShippingReport.turn == report.turn) & free,
            otherwise=ReportBusy(),
        )


def _upload(tx: Transaction, report: ShippingReport, order: Order, info: ShippingInfo) -> None:
    at = max(clock.now(), report.told_at + TICK) if report.told_at else clock.now()
    try:
        shipping.upload(info, at)
    except PartnerError as error:
        _refused(tx, report, order, info, error)
        return
    changes_mode = report.told_mode is not None and report.told_mode != info.mode
    corrects = report.told_all or changes_mode
    _know(tx, report, order, info, ShippingReport.told_at.set(at), *_used(report.correction_used or corrects))


def _refused(tx: Transaction, report: ShippingReport, order: Order, info: ShippingInfo, error: PartnerError) -> None:
    advice = shipping.advice(error)
    if advice is Advice.DONE:
        try:
            known = shipping.ask(info.key)
        except PartnerError as silence:
            _again(tx, report, silence)
            return
        _compare(tx, report, order, info, known, error)
    elif advice is Advice.RETRY:
        _again(tx, report, error)
    elif report.told_all:
        # It knows that the goods have left; what it does not take any more is a change of that.
        _outdated(tx, report, order, error.partner_code, correction_used=report.correction_used)
    else:
        _fail(tx, report, error)


def _compare(
    tx: Transaction, report: ShippingReport, order: Order, info: ShippingInfo, known: PaymentState, error: PartnerError
) -> None:
    """WeChat takes no more of this: either it has what we said (an answer was lost), or it has something else."""
    ours = {parcel.tracking_no for parcel in info.parcels if parcel.tracking_no}
    used = known.completions >= 2
    if known.all_shipped == info.all_delivered and (info.kind is not Kind.EXPRESS or known.tracking_numbers == ours):
        # The time of what it took is not known here, only that it is past.
        _know(tx, report, order, info, ShippingReport.told_at.set(clock.now()), *_used(used))
    else:
        _outdated(tx, report, order, error.partner_code, correction_used=used or error.partner_code == "10060003")


def _know(tx: Transaction, report: ShippingReport, order: Order, info: ShippingInfo, *more: Action) -> None:
    """WeChat knows what *info* says."""
    to = ReportStatus.DONE if info.all_delivered else ReportStatus.SENT
    if info.all_delivered:
        advances.plan(tx, order)
    _move(
        tx,
        report,
        to,
        ShippingReport.told.set(contents.digest(info)),
        ShippingReport.told_mode.set(int(info.mode)),
        ShippingReport.told_all.set(info.all_delivered),
        ShippingReport.outdated.set(False),
        ShippingReport.attempts.set(0),
        ShippingReport.due_at.remove(),
        ShippingReport.problem.remove(),
        ShippingReport.reason.remove(),
        *more,
    )


def _outdated(tx: Transaction, report: ShippingReport, order: Order, code: str, *, correction_used: bool) -> None:
    log.warning("wechat takes no correction", extra={"order_id": order.id, "partner_code": code})
    orders.note(tx, order, "系统", "微信不再接受发货信息的更正，买家在微信看到的运单与实际不同")
    _move(
        tx,
        report,
        ReportStatus.DONE,
        ShippingReport.outdated.set(True),
        ShippingReport.told_all.set(True),
        ShippingReport.correction_used.set(correction_used),
        ShippingReport.problem.set(code),
        ShippingReport.due_at.remove(),
    )


def _again(tx: Transaction, report: ShippingReport, error: PartnerError) -> None:
    """Later, ever more slowly; an hour before the platform's deadline in any case. After days, staff must look."""
    now = clock.now()
    if now - report.wanted_at >= GIVE_UP:
        _fail(tx, report, error)
        return
    if now >= report.report_by - EARLY:
        extra = {"alarm": True, "order_id": report.order_id, "problem": _problem(error)}
        log.error("shipping not reported to wechat in time", extra=extra)
    due = now + PAUSES[min(report.attempts, len(PAUSES) - 1)]
    last_call = report.report_by - EARLY
    due = min(due, last_call) if now < last_call else due
    _move(tx, report, ReportStatus.PENDING, ShippingReport.due_at.set(due), *_noted(report, error))
    tx.emit(TellWechat(member_id=report.member_id, order_id=report.order_id, turn=report.turn or ""), at=due)


def _fail(tx: Transaction, report: ShippingReport, error: PartnerError) -> None:
    extra = {"alarm": True, "order_id": report.order_id, "problem": _problem(error), "reason": error.reason}
    log.error("wechat refuses a shipping report", extra=extra)
    _move(tx, report, ReportStatus.FAILED, ShippingReport.due_at.remove(), *_noted(report, error))


def _noted(report: ShippingReport, error: PartnerError) -> list[Action]:
    return [
        ShippingReport.attempts.set(report.attempts + 1),
        ShippingReport.problem.set(_problem(error)),
        ShippingReport.reason.set(error.reason),
    ]


def _used(used: bool) -> list[Action]:
    return [ShippingReport.correction_used.set(used)]


def _problem(error: PartnerError) -> str:
    return error.partner_code or type(error).__name__


def _move(tx: Transaction, report: ShippingReport, to: ReportStatus, *actions: Action) -> None:
    mine = (ShippingReport.turn == report.turn) & (ShippingReport.lease_owner == report.lease_owner)
    states.move(
        tx,
        ShippingReport(order_id=report.order_id),
        ShippingReport.status,
        STEPS,
        to,
        ShippingReport.status_day.set(status_day(to, clock.today().isoformat())),
        ShippingReport.lease_owner.remove(),
        ShippingReport.lease_until.remove(),
        *actions,
        also=mine,
        otherwise=ReportMoved(),
    )
