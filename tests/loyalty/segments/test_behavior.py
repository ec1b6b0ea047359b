"""What members do, and where: counted as it happens, and at once in the segments that ask for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons.events import CouponRedeemed, CouponReturned
from chalicelib.loyalty.segments.members import service as facts
from chalicelib.loyalty.segments.rules.schemas import About
from chalicelib.loyalty.segments.subscribers import note_store
from chalicelib.loyalty.tasks.check_in.events import CheckedIn
from chalicelib.mall.identity.members.events import MemberRegistered, MembersMerged
from chalicelib.trade.fulfillment.entitlements.events import EntitlementVerified
from chalicelib.trade.fulfillment.entitlements.models import Verification
from chalicelib.trade.orders.schemas import Fulfillment
from chalicelib.trade.reviews.events import ReviewPublished
from tests.harness import Client, Cloud
from tests.loyalty.coupons.factories import give
from tests.loyalty.factories import Counter, staff
from tests.loyalty.segments.factories import active, at_least
from tests.trade import factories

Do = Callable[..., Any]


@pytest.fixture
def desk(http: Client) -> Client:
    return staff(http, "segments.read", "segments.write", "members.read")


def say(*events: Any) -> None:
    with Transaction() as tx:
        for each in events:
            tx.emit(each)


def known(member_id: str) -> tuple[dict[str, int], list[str]]:
    found = facts.show(member_id)
    return found.behavior, found.stores


def verified(member_id: str, store_id: str, number: int) -> EntitlementVerified:
    """Something was handed over there."""
    now = clock.now()
    named = {"entitlement_id": f"ent_{number}", "order_id": "ord_1", "member_id": member_id}
    more = {
        "order_number": "1",
        "kind": Fulfillment.PICKUP,
        "store_id": store_id,
        "store_day": f"{store_id}#2026-11-24",
    }
    made = Verification(id=f"ver_{number}", **named, **more, staff_id="s", staff_name="s", lines=[], at=now)
    made.save()
    return EntitlementVerified(**named, verification_id=made.id, pieces=1)


def test_each_counts_once_and_moves_at_once(counter: Counter, desk: Client, drain: Do) -> None:
    me = counter.shopper.id
    rule = {"all": [at_least(each, 1) for each in ("check_in_count", "review_count", "friend_count", "coupon_count")]}
    loyal = active(desk, rule)
    near = active(desk, {"field": "stores", "op": "has_any", "words": ["sto_near"]})
    drain()
    now = clock.now()
    say(
        CheckedIn(member_id=me, day="2026-11-24", streak=1, at=now),
        CheckedIn(member_id=me, day="2026-11-22", streak=1, made_up=True, at=now),
        ReviewPublished(member_id=me, review_id="rev_1"),
        MemberRegistered(member_id="mem_friend", inviter_id=me),
        MemberRegistered(member_id=me, inviter_id=me),
        CouponRedeemed(member_id=me, coupon_id=give(me).id, template_id="cpt_1", store_id="sto_far", goods_amount=1),
    )
    with Transaction() as tx:
        note_store(verified(me, "sto_near", 1), tx)
    drain(twice=True)
    counts = dict.fromkeys(("check_in_count", "review_count", "friend_count", "coupon_count"), 1)
    assert known(me)[0] == counts
    assert sorted(known(me)[1]) == ["sto_far", "sto_near"]
    assert {loyal, near} == {*facts.show(me).segments}
    say(CouponReturned(member_id=me, coupon_id=give(me, "2").id, template_id="cpt_1", order_id=_an_order(counter)))
    drain(twice=True)
    assert known(me)[0]["coupon_count"] == 0
    assert facts.show(me).segments == [near]


def test_never_below_nothing(counter: Counter) -> None:
    for _ in range(2):
        with Transaction() as tx:
            facts.did(tx, counter.shopper.id, About.COUPON_COUNT, times=-1)
    assert known(counter.shopper.id)[0] == {"coupon_count": 0}


def test_the_last_stores(counter: Counter, cloud: Cloud, drain: Do) -> None:
    me = counter.shopper.id
    for number in range(25):
        with Transaction() as tx:
            facts.was_at(tx, me, f"sto_{number % 22}")
    assert known(me)[1] == [f"sto_{number % 22}" for number in range(5, 25)]
    with cloud.unchanged(), Transaction() as tx:
        facts.was_at(tx, me, "sto_2")


def test_two_are_one(counter: Counter, drain: Do) -> None:
    me, shell = counter.shopper.id, factories.shopper("shell").id
    for who, store_id in ((me, "sto_1"), (shell, "sto_2"), (shell, "sto_1")):
        with Transaction() as tx:
            facts.did(tx, who, About.CHECK_IN_COUNT, store_id=store_id)
    say(MembersMerged(member_id=me, from_member_id=shell))
    drain(twice=True)
    assert known(me) == ({"check_in_count": 3}, ["sto_2", "sto_1"])


@pytest.mark.parametrize(("field", "word"), [("occupation", "老师"), ("income_band", "5k_to_10k")])
def test_of_the_profile(counter: Counter, desk: Client, drain: Do, field: str, word: str) -> None:
    found = active(desk, {"field": field, "op": "in", "words": [word]})
    drain()
    counter.buyer.patch("/me", json={field: word}).ok()
    drain(twice=True)
    assert facts.show(counter.shopper.id).segments == [found]


def _an_order(counter: Counter) -> str:
    return str(counter.order(factories.line(factories.product()))["id"])
