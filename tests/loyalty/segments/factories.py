"""Segments for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pydantic import TypeAdapter

from chalicelib.core import clock, ids
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.segments.models import MALL, MemberFacts, Segment, SegmentMember, SegmentSettings, SegmentStatus
from chalicelib.loyalty.segments.rules.schemas import Rule
from chalicelib.loyalty.segments.schemas import Settings
from chalicelib.mall.identity.members.models import Member
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order
from tests.harness import Client


def at_least(field: str, number: int) -> dict[str, Any]:
    return {"field": field, "op": "at_least", "number": number}


def at_most(field: str, number: int) -> dict[str, Any]:
    return {"field": field, "op": "at_most", "number": number}


BUYERS = at_least("order_count", 1)
EVERYBODY = at_least("order_count", 0)


def settings(**more: Any) -> None:
    SegmentSettings(shop=MALL, settings=Settings(**more), version=1).save()


def active(desk: Client, rule: dict[str, Any], **more: Any) -> str:
    """The id of a segment that has members as soon as the walk is over."""
    made = desk.post("/admin/segments", json={"title": "人群", "rule": rule, **more}).ok()
    desk.post(f"/admin/segments/{made['id']}/status", json={"status": "active", "version": 1}).ok()
    return str(made["id"])


def some_active(count: int) -> list[Segment]:
    """Segments of everybody, whose walk nobody began."""
    rule = TypeAdapter[Any](Rule).validate_python(EVERYBODY)
    more = {"title": "人群", "rule": rule, "status": SegmentStatus.ACTIVE, "created_at": clock.now()}
    made = [Segment(shop=MALL, id=ids.new("seg"), **more) for _ in range(count)]
    for each in made:
        each.save()
    return made


def pay(order: Any) -> Order:
    """An order of an answer is paid."""
    (key,) = Order.by_number.query(order["number"])
    stored = orders.load(key.member_id, key.id, consistent=True)
    with Transaction() as tx:
        orders.pay(tx, stored, payment_id=f"pay_{stored.id}", amount=stored.payable_amount)
    return orders.load(key.member_id, key.id, consistent=True)


def crowd(count: int, *, buyers: int = 0) -> list[str]:
    """Members; the first *buyers* of them have paid an order."""
    now = clock.now()
    people = [f"mem_crowd{number:05d}" for number in range(count)]
    with Member.batch_write() as batch:
        for each in people:
            batch.save(Member(id=each, registered_at=now - timedelta(days=100)))
    with MemberFacts.batch_write() as rows:
        for each in people[:buyers]:
            paid = {"order_count": 1, "paid_amount": 5000, "first_paid_at": now, "last_paid_at": now, "version": 1}
            rows.save(MemberFacts(member_id=each, **paid))
    return people


def in_segment(segment_id: str) -> set[str]:
    return {each.member_id for each in SegmentMember.query(segment_id, consistent_read=True)}


def board(member_id: str) -> dict[str, Any]:
    """What segments wrote there."""
    member = Member.find(member_id, consistent=True)
    assert member is not None
    return {key: value for key, value in member.notices.items() if key in ("segments", "tags")}


def require_sound(member_id: str) -> None:
    """Rows, facts and noticeboard tell the same."""
    facts = MemberFacts.find(member_id, consistent=True)
    known = facts.segments if facts is not None else []
    rows = sorted(each.segment_id for each in SegmentMember.scan(SegmentMember.member_id == member_id))
    assert rows == known == (board(member_id).get("segments") or [])
    assert (facts.tags if facts is not None else []) == (board(member_id).get("tags") or [])
