"""Whoever brought a friend who bought something and kept it is thanked, once for each friend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.models import MALL as MEMBERSHIP
from chalicelib.loyalty.membership.models import GrowthRulesRow
from chalicelib.loyalty.membership.schemas import GrowthRules
from chalicelib.loyalty.points.events import InvitationFulfilled
from chalicelib.mall.identity.members.models import Member, MemberStatus, Source
from chalicelib.trade.orders.models import Order
from tests.loyalty.factories import Counter
from tests.loyalty.membership.factories import balance
from tests.loyalty.points.factories import completed, posted, refund, require_sound, rules
from tests.loyalty.segments.factories import pay
from tests.trade import factories

Do = Callable[..., Any]
DAY = 24 * 60


@pytest.fixture
def inviter() -> str:
    """Rates are set; their friend is the shopper at the counter."""
    rules(per_yuan=0, doings={"invite": 80})
    GrowthRulesRow(shop=MEMBERSHIP, rules=GrowthRules(per_yuan=0, doings={"invite": 7}), version=1).save()
    return factories.shopper("inviter").id


@pytest.fixture
def friend(counter: Counter, inviter: str) -> Counter:
    Member(id=counter.shopper.id).update([Member.source.set(Source(inviter_id=inviter))])
    return counter


def bought(friend: Counter, key: str = "tap-00001", pieces: int = 1) -> Order:
    quilt = factories.product(key, price=10_000)
    order = friend.order(factories.line(quilt, pieces), key=key)
    pay(order)
    return completed(order)


def test_once_when_nothing_can_go_back(friend: Counter, inviter: str, sweep: Do) -> None:
    bought(friend)
    bought(friend, "tap-00002")
    sweep()
    sweep(minutes=6 * DAY)
    assert posted(inviter, "invite", friend.shopper.id) == 0, "the friend may still return it"
    sweep(minutes=2 * DAY, redeliver=True)
    assert (posted(inviter, "invite", friend.shopper.id), balance(inviter)) == (80, 7)
    require_sound(inviter)


@pytest.mark.parametrize(("pieces", "earned"), [(2, 0), (1, 80)])
def test_what_went_back_brings_nothing(friend: Counter, inviter: str, sweep: Do, pieces: int, earned: int) -> None:
    order = bought(friend, pieces=2)
    sweep()
    refund(order, {0: pieces}, "rfd_1")
    sweep(minutes=8 * DAY, redeliver=True)
    assert posted(inviter, "invite", friend.shopper.id) == earned


def test_who_brought_nobody_or_is_gone(counter: Counter, inviter: str, sweep: Do) -> None:
    me = counter.shopper.id
    for source in (None, Source(), Source(inviter_id=me), Source(inviter_id="mbr_nobody"), Source(inviter_id=inviter)):
        Member(id=me).update([Member.source.set(source) if source else Member.source.remove()])
        Member(id=inviter).update([Member.status.set(MemberStatus.CLOSED), Member.closed_at.set(clock.now())])
        bought(counter, f"tap-{clock.now().timestamp():.0f}")
        sweep()
        sweep(minutes=8 * DAY, redeliver=True)
    assert [posted(each, "invite", me) for each in (me, inviter, "mbr_nobody")] == [0, 0, 0]


def test_who_paid_nothing_has_bought_nothing(friend: Counter, inviter: str, sweep: Do) -> None:
    completed(friend.order(factories.line(factories.product(price=10_000))))
    sweep()
    sweep(minutes=8 * DAY)
    assert posted(inviter, "invite", friend.shopper.id) == 0


def test_said_twice(friend: Counter, inviter: str, drain: Do) -> None:
    for order_id in ("ord_1", "ord_2"):
        with Transaction() as tx:
            tx.emit(InvitationFulfilled(member_id=inviter, friend_id=friend.shopper.id, order_id=order_id))
        drain(twice=True)
    assert (posted(inviter, "invite", friend.shopper.id), balance(inviter)) == (80, 7)
