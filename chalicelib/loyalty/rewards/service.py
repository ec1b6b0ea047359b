"""Giving rewards. Promise: docs/algorithms/tasks.md."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from itertools import islice

from chalicelib.core import clock, pages
from chalicelib.core.errors import NotFound
from chalicelib.core.ledgers import entry_id, insistently
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service as coupons
from chalicelib.loyalty.coupons.errors import AlreadyGiven
from chalicelib.loyalty.coupons.models import MALL, CouponBook, Template
from chalicelib.loyalty.membership.growth import service as growth
from chalicelib.loyalty.points import service as points
from chalicelib.loyalty.rewards.errors import NothingWaits, WaitsForRoom
from chalicelib.loyalty.rewards.models import WaitingCoupon
from chalicelib.loyalty.rewards.schemas import FindWaiting, GiveInstead, Reason, Reward, StaffWaitingView, WaitingView
from chalicelib.mall.identity.members import service as members

log = logging.getLogger(__name__)
AT_ONCE = 10
"""Coupons handed over in one transaction; more wait."""
SHOWN = 100


def require_sound(rewards: Iterable[Reward]) -> None:
    """Refuse rewards that nobody could be given, before staff set them out.

    :raises TemplateNotFound, TemplateOver:
    """
    for template_id in {each for reward in rewards for each in reward.coupon_templates}:
        coupons.require_good(template_id)


def added(rewards: Iterable[Reward]) -> Reward:
    """Several as one. It may name more coupons than staff may write into one."""
    found = list(rewards)
    return Reward.model_construct(
        points=sum(each.points for each in found),
        growth=sum(each.growth for each in found),
        coupon_templates=[template_id for each in found for template_id in each.coupon_templates],
        text="，".join(dict.fromkeys(each.text for each in found if each.text)) or None,
    )


def grant(tx: Transaction, member_id: str, reward: Reward, kind: str, cause: str, title: str) -> None:
    """Add each part of *reward* to *tx*, once for each *kind* and *cause*. For every feature above.

    The caller's own guard goes first: it knows what a repeat means. One grant for a member and transaction.

    :param kind: what for (``check_in``). :param cause: the id of that doing. :param title: what the statement says.
    :raises AccountMoved: (at commit) the member's points or coupons moved meanwhile: ``ledgers.insistently``.
    :raises AlreadyPosted, AlreadyGiven: (at commit) it was given before.
    """
    points.earn(tx, member_id, kind, cause, reward.points, note=title)
    growth.earn(tx, member_id, reward.growth, kind, cause, note=title)
    if reward.coupon_templates:
        _give_coupons(tx, member_id, reward.coupon_templates, entry_id(kind, cause), title)


def _give_coupons(tx: Transaction, member_id: str, template_ids: list[str], source: str, title: str) -> None:
    wanted = [(MALL, each) for each in template_ids]
    found = batch_get({Template: wanted, CouponBook: [member_id]}, consistent={CouponBook})
    book: CouponBook = found[CouponBook].get(member_id) or coupons.empty_book(member_id)
    room = min(coupons.room_in(book), AT_ONCE)
    fitting: list[tuple[Template, str]] = []
    for number, template_id in enumerate(template_ids):
        coupon_id = coupons.granted_id(f"{source}/{number}", template_id, member_id)
        template: Template | None = found[Template].get((MALL, template_id))
        if template is not None and not coupons.is_over(template) and len(fitting) < room:
            fitting.append((template, coupon_id))
        else:
            if _reason(template) is not Reason.NO_ROOM:  # no waiting helps: somebody must name another template
                log.error("a reward's template is over", extra={"alarm": True, "template_id": template_id})
            _let_wait(tx, member_id, coupon_id, template_id, source, title)
    coupons.issue_all(tx, book, fitting, source=source)


def _let_wait(tx: Transaction, member_id: str, coupon_id: str, template_id: str, source: str, title: str) -> None:
    waiting = WaitingCoupon(
        member_id=member_id, id=coupon_id, template_id=template_id, source=source, title=title, since=clock.now()
    )
    tx.put(waiting, only_if=WaitingCoupon.id.does_not_exist(), otherwise=AlreadyGiven())


def waiting(member_id: str) -> list[WaitingView]:
    """What waits for the member."""
    found = WaitingCoupon.query(member_id, limit=SHOWN, consistent_read=True)
    return [WaitingView.of(each) for each in islice(found, SHOWN)]


def find(asked: FindWaiting) -> Page[StaffWaitingView]:
    """For staff: who waits for coupons of a template, longest first, and why."""
    reason = _reason(Template.find(MALL, asked.template_id))
    found, cursor = pages.query(
        WaitingCoupon.by_template, asked.template_id, limit=asked.limit, cursor=asked.cursor, newest_first=False
    )
    return Page[StaffWaitingView](items=[_for_staff(each, reason) for each in found], cursor=cursor)


def _reason(template: Template | None) -> Reason:
    if template is None:
        return Reason.TEMPLATE_GONE
    return Reason.TEMPLATE_OVER if coupons.is_over(template) else Reason.NO_ROOM


def _for_staff(waiting: WaitingCoupon, reason: Reason) -> StaffWaitingView:
    return StaffWaitingView(**WaitingView.of(waiting).model_dump(), member_id=waiting.member_id, reason=reason)


def give_instead(member_id: str, coupon_id: str, asked: GiveInstead) -> StaffWaitingView:
    """Staff decide that the member gets one of another template; under the same id, so it is one coupon all the same.

    :raises NothingWaits: there is none, or it was replaced meanwhile. :raises WaitsForRoom: its own is good.
    :raises TemplateNotFound, TemplateOver: the other is not.
    """
    owed = WaitingCoupon.find(member_id, coupon_id, consistent=True)
    if owed is None:
        raise NothingWaits()
    coupons.require_good(asked.template_id)
    if owed.template_id != asked.template_id:
        if _reason(Template.find(MALL, owed.template_id, consistent=True)) is Reason.NO_ROOM:
            raise WaitsForRoom()
        with Transaction() as tx:
            members.require_active(tx, member_id, refusal=NotFound())
            tx.update(
                WaitingCoupon(member_id=member_id, id=coupon_id),
                [WaitingCoupon.template_id.set(asked.template_id)],
                only_if=WaitingCoupon.template_id == owed.template_id,
                otherwise=NothingWaits(),
            )
        owed.template_id = asked.template_id
    return _for_staff(owed, Reason.NO_ROOM)


def take(member_id: str, coupon_id: str) -> str:
    """The waiting coupon is the member's; its validity begins now.

    :returns: its id, also if it was taken before.
    :raises NothingWaits: there is none. :raises BookFull: still no room. :raises TemplateNotFound, TemplateOver:
    """
    return insistently(lambda: _take(member_id, coupon_id))


def _take(member_id: str, coupon_id: str) -> str:
    owed = WaitingCoupon.find(member_id, coupon_id, consistent=True)
    if owed is None:
        if coupons.has(member_id, coupon_id):
            return coupon_id
        raise NothingWaits()
    template, book = coupons.template_of(owed.template_id), coupons.book_of(member_id)
    try:
        with Transaction() as tx:
            members.require_active(tx, member_id)
            tx.delete(owed, only_if=WaitingCoupon.id.exists(), otherwise=AlreadyGiven())
            coupons.issue(tx, template, book, coupon_id=coupon_id, source=owed.source)
    except AlreadyGiven:
        return coupon_id
    return coupon_id


def export(member_id: str) -> list[dict[str, object]]:
    """What waits for the member, for the copy of their personal data. Registered with identity."""
    return [each.model_dump(mode="json") for each in waiting(member_id)]


def forget(member_id: str) -> None:
    """A closed account is owed nothing. Running it twice does no harm."""
    WaitingCoupon.delete_under(member_id)
