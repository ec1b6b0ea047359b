"""What becomes of coupons: issued, used, given back. Promise: docs/algorithms/coupons.md.

Every function that is given ``tx`` adds the coupon's own write and the change of its holder's book, which is written
under the condition that it is as it was read. One transaction may change one member's book once.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from chalicelib.core import clock, ids, states
from chalicelib.core.tables import batch_get, time_text
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons.errors import (
    AlreadyGiven,
    BookFull,
    BookMoved,
    CouponMoved,
    CouponNotFound,
    TemplateNotFound,
    TemplateOver,
)
from chalicelib.loyalty.coupons.events import CouponExpiring, CouponGranted, CouponIssued, CouponReturned, CouponUsed
from chalicelib.loyalty.coupons.models import (
    COUPON_STEPS,
    MALL,
    MAX_BOOK,
    Coupon,
    CouponBook,
    CouponStatus,
    Entry,
    Template,
)

log = logging.getLogger(__name__)
REMIND = timedelta(days=1)


def template_of(template_id: str, *, consistent: bool = False) -> Template:
    """:raises TemplateNotFound:"""
    template = Template.find(MALL, template_id, consistent=consistent)
    if template is None:
        raise TemplateNotFound()
    return template


def require_good(template_id: str) -> None:
    """Staff name a template that something shall give out.

    :raises TemplateNotFound: :raises TemplateOver: nobody could use it any more.
    """
    if is_over(template_of(template_id, consistent=True)):
        raise TemplateOver()


def is_over(template: Template) -> bool:
    """Whether a coupon that it gives out now could never be used."""
    now = clock.now()
    return validity(template, now)[1] <= now


def load(member_id: str, coupon_id: str) -> Coupon:
    """The member's coupon, consistent. :raises CouponNotFound: it is not theirs, or does not exist."""
    coupon = Coupon.find(member_id, coupon_id, consistent=True)
    if coupon is None:
        raise CouponNotFound()
    return coupon


def book_of(member_id: str) -> CouponBook:
    """The member's book now, or an empty one."""
    return CouponBook.find(member_id, consistent=True) or empty_book(member_id)


def empty_book(member_id: str) -> CouponBook:
    """The book of who has none yet."""
    return CouponBook(member_id=member_id, entries={}, version=0)


def room_in(book: CouponBook) -> int:
    """How many more coupons *book* holds."""
    return max(MAX_BOOK - len(usable(book, clock.now())), 0)


def has(member_id: str, coupon_id: str) -> bool:
    """Whether the member has or had that coupon."""
    return Coupon.find(member_id, coupon_id, consistent=True) is not None


def issue(
    tx: Transaction,
    template: Template,
    book: CouponBook,
    *,
    coupon_id: str,
    source: str,
    like: Coupon | None = None,
) -> Coupon:
    """A coupon of *template* for the holder of *book*, under a given id, once.

    :param like: a coupon that is handed on: the new one has its terms and its end.
    :raises BookFull, TemplateOver: at once. :raises AlreadyGiven: (at commit) it was. :raises BookMoved: (at commit)
    """
    if not room_in(book):
        raise BookFull()
    coupon = _write(tx, template, book.member_id, coupon_id, source, like)
    change_book(tx, book, add=[coupon])
    return coupon


def issue_all(tx: Transaction, book: CouponBook, wanted: Iterable[tuple[Template, str]], *, source: str) -> None:
    """As :func:`issue`, for several templates with the ids of their coupons; nothing for none."""
    pairs = list(wanted)
    if len(pairs) > room_in(book):
        raise BookFull()
    if pairs:
        change_book(tx, book, add=[_write(tx, each, book.member_id, key, source, None) for each, key in pairs])


def _write(
    tx: Transaction, template: Template, member_id: str, coupon_id: str, source: str, like: Coupon | None
) -> Coupon:
    now = clock.now()
    begins, ends = (like.valid_from, like.expires_at) if like else validity(template, now)
    if ends <= now:
        raise TemplateOver()
    coupon = Coupon(
        member_id=member_id,
        id=coupon_id,
        template_id=template.id,
        title=like.title if like else template.title,
        terms=like.terms if like else template.terms,
        status=CouponStatus.UNUSED,
        code=f"{secrets.randbelow(10**12):012d}",
        source=source,
        valid_from=begins,
        expires_at=ends,
        claimed_at=now,
        from_coupon_id=like.id if like else None,
    )
    tx.put(coupon, only_if=Coupon.id.does_not_exist(), otherwise=AlreadyGiven())
    named = {"member_id": coupon.member_id, "coupon_id": coupon.id, "template_id": template.id}
    tx.emit(CouponIssued(**named, source=source))
    if ends - REMIND > now:
        tx.emit(CouponExpiring(**named), at=ends - REMIND)
    return coupon


def grant(tx: Transaction, template_id: str, member_id: str, *, cause: str, asked: bool = False) -> Coupon:
    """Give a coupon for *cause* (a level reached, a birthday), once for each cause. For higher floors.

    :param asked: the member just asked for it, and need not be told.

    Counts neither against the template's pieces nor against the member's limit: the rule that gives it is the limit.

    :raises TemplateNotFound, TemplateOver, BookFull: at once. :raises AlreadyGiven, BookMoved: (at commit)
    """
    template, coupon_id = template_of(template_id), granted_id(cause, template_id, member_id)
    coupon = issue(tx, template, book_of(member_id), coupon_id=coupon_id, source=cause)
    if not asked:
        tx.emit(CouponGranted(member_id=member_id, coupon_id=coupon_id, template_id=template_id, source=cause))
    return coupon


def grant_bought(tx: Transaction, template_id: str, member_id: str, *, cause: str) -> None:
    """As :func:`grant`, for what the member paid for with something else. One that would be good for nothing is not
    given, and rings: it was sold in its last moment, and staff owe the member another."""
    try:
        grant(tx, template_id, member_id, cause=cause)
    except TemplateOver:
        extra = {"alarm": True, "template_id": template_id, "member_id": member_id, "cause": cause}
        log.error("a coupon that was paid for is over", extra=extra)


def take_back(tx: Transaction, member_id: str, template_id: str, *, cause: str) -> None:
    """The coupon that *cause* gave is void; one that was used, or given to a friend, stays. For higher floors.

    :raises CouponMoved, BookMoved: (at commit) read and try again.
    """
    coupon = Coupon.find(member_id, granted_id(cause, template_id, member_id), consistent=True)
    if coupon is not None and coupon.status is CouponStatus.UNUSED:
        states.move(
            tx,
            Coupon(member_id=member_id, id=coupon.id),
            Coupon.status,
            COUPON_STEPS,
            CouponStatus.VOID,
            also=Coupon.status == CouponStatus.UNUSED,
            otherwise=CouponMoved(),
        )
        change_book(tx, book_of(member_id), drop=[coupon.id])


def granted_id(cause: str, template_id: str, member_id: str) -> str:
    """The id of the coupon that a cause gives a member."""
    return ids.derive("cpn", cause, template_id, member_id)


def use(tx: Transaction, book: CouponBook, coupon_ids: Iterable[str], order_id: str) -> None:
    """The order takes these coupons out of *book*, as it was read.

    :raises CouponMoved: (at commit) one was used or given away meanwhile, or is over.
    """
    wanted, now = list(coupon_ids), clock.now()
    for coupon_id in wanted:
        states.move(
            tx,
            Coupon(member_id=book.member_id, id=coupon_id),
            Coupon.status,
            COUPON_STEPS,
            CouponStatus.USED,
            Coupon.order_id.set(order_id),
            Coupon.used_at.set(now),
            also=(Coupon.status == CouponStatus.UNUSED) & (Coupon.expires_at > now),
            otherwise=CouponMoved(),
        )
        named = {"member_id": book.member_id, "coupon_id": coupon_id, "order_id": order_id}
        tx.emit(CouponUsed(**named, template_id=book.entries[coupon_id].template_id))
    change_book(tx, book, drop=wanted)


def give_back(tx: Transaction, member_id: str, coupon_ids: Iterable[str], order_id: str) -> None:
    """What *order_id* used is usable again, with the end that it had. Those that came back before are left alone.

    :raises CouponMoved, BookMoved: (at commit) read and try again.
    """
    wanted = [(member_id, coupon_id) for coupon_id in coupon_ids]
    found = batch_get({Coupon: wanted}, consistent=True)[Coupon]
    coupons: list[Coupon] = [
        each for each in found.values() if each.status is CouponStatus.USED and each.order_id == order_id
    ]
    for coupon in coupons:
        states.move(
            tx,
            Coupon(member_id=member_id, id=coupon.id),
            Coupon.status,
            COUPON_STEPS,
            CouponStatus.UNUSED,
            Coupon.order_id.remove(),
            Coupon.used_at.remove(),
            also=(Coupon.status == CouponStatus.USED) & (Coupon.order_id == order_id),
            otherwise=CouponMoved(),
        )
        named = {"member_id": member_id, "coupon_id": coupon.id, "template_id": coupon.template_id}
        tx.emit(CouponReturned(**named, order_id=order_id))
    if coupons:
        change_book(tx, book_of(member_id), add=coupons)


def change_book(tx: Transaction, book: CouponBook, *, add: Iterable[Coupon] = (), drop: Iterable[str] = ()) -> None:
    """Write *book* with these coupons more and fewer; what is over by the clock goes too.

    :raises BookMoved: (at commit) it is not as it was read.
    """
    gone = set(drop)
    entries = {key: entry for key, entry in usable(book, clock.now()).items() if key not in gone}
    for coupon in add:
        entries[coupon.id] = Entry(
            template_id=coupon.template_id,
            title=coupon.title,
            terms=coupon.terms,
            valid_from=time_text(coupon.valid_from),
            expires_at=time_text(coupon.expires_at),
        )
    tx.update(
        CouponBook(member_id=book.member_id),
        [CouponBook.entries.set(entries), CouponBook.version.set(book.version + 1)],
        only_if=CouponBook.version == book.version if book.version else CouponBook.member_id.does_not_exist(),
        otherwise=BookMoved(),
    )


def usable(book: CouponBook, now: datetime) -> Mapping[str, Entry]:
    """The entries that are not over."""
    text = time_text(now)
    return {key: entry for key, entry in book.entries.items() if entry.expires_at > text}


def validity(template: Template, now: datetime) -> tuple[datetime, datetime]:
    """From when and until when a coupon claimed *now* is good. Relative ends are ends of business days."""
    terms = template.terms
    if terms.valid_days is None:
        assert terms.valid_from is not None
        assert terms.valid_until is not None
        return terms.valid_from, terms.valid_until
    first = clock.business_day(now) + timedelta(days=terms.delay_days)
    begins = now if terms.delay_days == 0 else clock.day_start(first)
    return begins, clock.day_start(first + timedelta(days=terms.valid_days))
