"""Staff give coupons to many: each member in a transaction of their own, under an id derived from the grant."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.core import clock, ids, pages
from chalicelib.core.errors import DomainError, TooBusy
from chalicelib.core.ledgers import insistently
from chalicelib.core.schemas import Page
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.errors import AlreadyGiven, BookMoved, TemplateNotFound
from chalicelib.loyalty.coupons.events import GiveNext
from chalicelib.loyalty.coupons.grants.schemas import GrantView, ListGrants, MakeGrant
from chalicelib.loyalty.coupons.models import MALL, Coupon, Grant, GrantStatus
from chalicelib.loyalty.coupons.scopes import service as scopes
from chalicelib.mall.identity.members import service as members

CHUNK = 25


def make(asked: MakeGrant, staff_id: str) -> GrantView:
    """Begin to give; reactions go on, in chunks.

    :raises TemplateNotFound, TemplateOver: :raises Invalid: no such segment.
    """
    service.require_good(asked.template_id)
    scopes.require_segment(asked.segment_id)
    grant = Grant(
        id=ids.new("cgr"),
        template_id=asked.template_id,
        segment_id=asked.segment_id,
        member_ids=list(dict.fromkeys(asked.member_ids)),
        reason=asked.reason,
        status=GrantStatus.RUNNING,
        given=0,
        refused={},
        created_at=clock.now(),
        created_by=staff_id,
    )
    with Transaction() as tx:
        tx.put(grant)
        tx.emit(GiveNext(grant_id=grant.id))
    return GrantView.of(grant)


def find(asked: ListGrants) -> Page[GrantView]:
    """Grants, newest first."""
    found, cursor = pages.query(Grant, MALL, limit=asked.limit, cursor=asked.cursor)
    return Page[GrantView](items=[GrantView.of(each) for each in found], cursor=cursor)


def load(grant_id: str) -> Grant:
    """:raises TemplateNotFound: there is no such grant."""
    grant = Grant.find(MALL, grant_id, consistent=True)
    if grant is None:
        raise TemplateNotFound()
    return grant


def give(grant: Grant, member_ids: Sequence[str]) -> tuple[int, dict[str, int]]:
    """Give each of them one, in transactions of their own; who has theirs already counts as given.

    :returns: how many have one now, and why the others have none. :raises TooBusy: say it again.
    """
    given, refused = 0, dict[str, int]()
    for member_id in member_ids:
        try:
            insistently(lambda member_id=member_id: _give_one(grant, member_id))  # type: ignore[misc]
            given += 1
        except AlreadyGiven:
            given += 1
        except (TooBusy, BookMoved):
            raise
        except DomainError as refusal:
            refused[refusal.code] = refused.get(refusal.code, 0) + 1
    return given, refused


def _give_one(grant: Grant, member_id: str) -> Coupon:
    with Transaction() as tx:
        members.require_active(tx, member_id)
        return service.grant(tx, grant.template_id, member_id, cause=grant.id)


def note(tx: Transaction, grant: Grant, given: int, refused: dict[str, int], *, done: bool) -> None:
    """Write down how far *grant*, as it was read, is."""
    total = {code: grant.refused.get(code, 0) + refused.get(code, 0) for code in {*grant.refused, *refused}}
    tx.update(
        Grant(shop=MALL, id=grant.id),
        [
            Grant.given.set(grant.given + given),
            Grant.refused.set(total),
            Grant.status.set(GrantStatus.DONE if done else GrantStatus.RUNNING),
        ],
    )
