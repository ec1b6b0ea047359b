"""Claiming, also by thousands at once. Algorithm: docs/algorithms/coupons.md."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from threading import Lock
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.errors import DomainError
from chalicelib.core.ledgers import insistently
from chalicelib.core.once import Guard, Once, Repeat
from chalicelib.core.schemas import Nothing, Page
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.claims.schemas import ListOffers, OfferView
from chalicelib.loyalty.coupons.errors import (
    AlreadyGiven,
    BookMoved,
    ClaimLimitReached,
    NotClaimable,
    NotForYou,
    SoldOut,
    TemplateNotFound,
)
from chalicelib.loyalty.coupons.models import (
    MALL,
    Claimed,
    Coupon,
    CouponBook,
    Template,
    TemplateStatus,
    TemplateStock,
    Way,
)
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.identity.members.models import Member

SOLD_OUT_SECONDS = 5.0
_sold_out: dict[str, float] = {}
_lock = Lock()


class _ShardEmpty(DomainError):
    """No piece is left in this shard; never leaves this module."""

    code = "shard_empty"


def forget() -> None:
    """Drop what is remembered of sold-out templates: between tests."""
    with _lock:
        _sold_out.clear()


def offers(member_id: str, asked: ListOffers) -> Page[OfferView]:
    """What the member could claim now or could have claimed, newest first. The list is short: no pages are needed."""
    now = clock.now()
    open_now = [each for each in Template.query(MALL, scan_index_forward=False) if _is_open(each, now, Way.PUBLIC)]
    if asked.product_id is not None:
        product = products.product(asked.product_id)
        named = (product.id, product.category_id, product.brand_id or "")
        open_now = [each for each in open_now if each.terms.scope.covers(*named)]
    open_now = open_now[: asked.limit]
    wanted = [(member_id, each.id) for each in open_now]
    found = batch_get({Claimed: wanted, Member: [member_id]})
    for_me = [each for each in open_now if _is_for(each, found[Member].get(member_id))]
    counts = {each.template_id: each.claimed for each in found[Claimed].values()}
    return Page[OfferView](items=[OfferView.of(each, counts.get(each.id, 0)) for each in for_me])


def claim(member_id: str, template_id: str, key: str) -> Coupon:
    """One coupon from the coupon center, once for each *key*.

    :raises SoldOut, ClaimLimitReached, NotClaimable, NotForYou, BookFull: refused, nothing was written.
    """
    if _is_known_sold_out(template_id):
        raise SoldOut()
    once = Once(member_id, f"claim_coupon/{template_id}", key, Nothing())
    try:
        return insistently(lambda: claim_once(member_id, template_id, Way.PUBLIC, "claim", once))
    except Repeat as repeat:
        return service.load(member_id, repeat.result)


def claim_once(member_id: str, template_id: str, way: Way, source: str, once: Once, *, also: Any = None) -> Coupon:
    """One try: read, decide, take a piece. :param also: adds the caller's own writes, ``(tx)``.

    :raises BookMoved: somebody was faster: try again.
    """
    found = batch_get(
        {
            Guard: [once.guard_id],
            Template: [(MALL, template_id)],
            CouponBook: [member_id],
            Claimed: [(member_id, template_id)],
            Member: [member_id],
        },
        consistent={Guard, CouponBook, Claimed, Member},
    )
    once.recognize(found[Guard].get(once.guard_id))
    template: Template | None = found[Template].get((MALL, template_id))
    if template is None:
        raise TemplateNotFound()
    member = Member.require_active(found[Member].get(member_id))
    _require_claimable(template, member, way)
    had = found[Claimed].get((member_id, template_id))
    count: int = had.claimed if had is not None else 0
    if count >= template.per_member_limit:
        raise ClaimLimitReached(limit=template.per_member_limit)
    book = found[CouponBook].get(member_id) or CouponBook(member_id=member_id, entries={}, version=0)
    return _take_from_a_shard(template, book, count, source, once, also)


def _take_from_a_shard(template: Template, book: CouponBook, count: int, source: str, once: Once, also: Any) -> Coupon:
    try:
        shard = f"{random.randrange(template.shards):02d}"
        return _commit(template, book, count, source, once, also, shard)
    except _ShardEmpty:
        left = [each.shard for each in TemplateStock.query(template.id, consistent_read=True) if each.left > 0]
    random.shuffle(left)
    for shard in left:
        try:
            return _commit(template, book, count, source, once, also, shard)
        except _ShardEmpty:
            continue
    _remember_sold_out(template)
    raise SoldOut()


def _commit(template: Template, book: CouponBook, count: int, source: str, once: Once, also: Any, shard: str) -> Coupon:
    coupon_id = ids.new("cpn")
    try:
        with once.writing(coupon_id) as tx:
            tx.update(
                TemplateStock(template_id=template.id, shard=shard),
                [TemplateStock.left.add(-1)],
                only_if=TemplateStock.left >= 1,
                otherwise=_ShardEmpty(),
            )
            _count(tx, book.member_id, template, count)
            coupon = service.issue(tx, template, book, coupon_id=coupon_id, source=source)
            if also is not None:
                also(tx)
        return coupon
    except AlreadyGiven:
        raise BookMoved() from None


def _count(tx: Transaction, member_id: str, template: Template, count: int) -> None:
    tx.update(
        Claimed(member_id=member_id, template_id=template.id),
        [Claimed.claimed.set(count + 1)],
        only_if=Claimed.claimed == count if count else Claimed.member_id.does_not_exist(),
        otherwise=BookMoved(),
    )


def _require_claimable(template: Template, member: Member, way: Way) -> None:
    if not _is_open(template, clock.now(), way):
        raise NotClaimable()
    if not _is_for(template, member):
        raise NotForYou()
    if template.sold_out:
        raise SoldOut()


def _is_open(template: Template, now: Any, way: Way) -> bool:
    active = template.status is TemplateStatus.ACTIVE and template.way is way
    return bool(active and template.claim_from <= now < template.claim_until)


def _is_for(template: Template, member: Member | None) -> bool:
    if template.segment_id is None:
        return True
    notices: Mapping[str, Any] = (member.notices if member is not None else None) or {}
    return template.segment_id in (notices.get("segments") or [])


def _is_known_sold_out(template_id: str) -> bool:
    return _sold_out.get(template_id, 0.0) > time.monotonic()


def _remember_sold_out(template: Template) -> None:
    with _lock:
        _sold_out[template.id] = time.monotonic() + SOLD_OUT_SECONDS
    if not template.sold_out:
        with Transaction() as tx:
            # Pieces may have been added since it was read: then it is not sold out.
            tx.update(
                Template(shop=MALL, id=template.id),
                [Template.sold_out.set(True)],
                only_if=Template.version == template.version,
                otherwise=SoldOut(),
            )
