"""Growth: earned by orders, taken back by share in any sequence, adjusted by staff, once each."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core import inbox
from chalicelib.core.errors import DomainError
from chalicelib.core.events import Event
from chalicelib.core.ledgers import AlreadyPosted, insistently
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.events import LevelChanged
from chalicelib.loyalty.membership.growth import service
from chalicelib.loyalty.membership.levels import service as levels
from chalicelib.loyalty.membership.models import Growth, GrowthEntry, Membership, ShippingUse
from chalicelib.mall.identity.members.events import MembersMerged
from chalicelib.mall.identity.members.models import Member, MemberStatus
from chalicelib.mall.identity.privacy import service as privacy
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderChanged
from chalicelib.trade.orders.events import OrderCompleted, UnitsRefunded
from infra.local.faults import every_death
from tests.harness import Client, Cloud
from tests.loyalty.factories import Counter, staff
from tests.loyalty.membership.factories import (
    balance,
    board,
    give,
    held,
    ladder,
    level,
    posted,
    require_sound,
    rules,
    take,
)
from tests.loyalty.points.factories import completed, refund
from tests.trade import factories

Do = Callable[..., Any]


class TestEarning:
    def test_by_a_completed_order_once(self, counter: Counter, drain: Do) -> None:
        rules(per_yuan=2, order_bonus=50, order_bonus_from_amount=10_000, excluded_product_ids=[])
        order = completed(counter.order(factories.line(factories.product(price=10_050))))
        drain(twice=True)
        assert balance(counter.shopper.id) == 201 + 50
        (entry,) = counter.buyer.get("/me/growth").ok()["items"]
        assert (entry["kind"], entry["growth"], entry["balance_after"], entry["note"]) == (
            "earned",
            251,
            251,
            order.number,
        )
        require_sound(counter.shopper.id)

    def test_what_gives_none(self, counter: Counter, drain: Do) -> None:
        quilt, towel = factories.product(price=10_000), factories.product("towel", price=3000)
        rules(excluded_product_ids=[quilt.id], order_bonus=50, order_bonus_from_amount=3001)
        completed(counter.order(factories.line(quilt), factories.line(towel)))
        drain()
        assert balance(counter.shopper.id) == 30, "excluded goods do not count for the bonus either"

    def test_an_order_of_nothing_paid_has_no_bonus(self, counter: Counter, drain: Do) -> None:
        quilt = factories.product(price=10_000)
        rules(excluded_product_ids=[quilt.id], order_bonus=50)
        completed(counter.order(factories.line(quilt)))
        drain()
        assert balance(counter.shopper.id) == 0

    def test_a_closed_account_earns_nothing(self, counter: Counter, drain: Do, cloud: Cloud) -> None:
        order = counter.order(factories.line(factories.product(price=10_000)))
        Member(id=counter.shopper.id).update([Member.status.set(MemberStatus.CLOSED)])
        completed(order)
        drain()
        assert cloud.items("growth") == []

    def test_by_others_once_for_each_cause(self, counter: Counter, cloud: Cloud) -> None:
        rules(doings={"check_in": 5})
        me = counter.shopper.id
        assert (service.for_doing("check_in"), service.for_doing("flying")) == (5, 0)
        give(me, 5, "day-1")
        with cloud.unchanged():
            with pytest.raises(AlreadyPosted):
                give(me, 5, "day-1")
            give(me, 0, "day-2")
        give(me, 5, "day-2")
        assert balance(me) == 10

    @pytest.mark.dynoxide
    def test_at_once(self, counter: Counter, drain: Do) -> None:
        """Six doings and the same six again: each counts once, and the level is the one of the sum."""
        ladder()
        me = counter.shopper.id

        def one(number: int) -> str:
            try:
                insistently(lambda: give(me, 100, f"day-{number % 6}"))
                return "ok"
            except DomainError as refusal:
                return refusal.code

        with ThreadPoolExecutor(3) as pool:
            told = list(pool.map(one, range(12)))
        for number in range(6):
            if not posted(me, "given", f"day-{number}"):
                one(number)
        assert set(told) <= {"ok", "already_posted", "account_moved", "membership_moved", "too_busy"}
        assert (balance(me), level(me)) == (600, "silver")
        drain()
        require_sound(me)


class TestTakingBack:
    def test_any_sequence_of_refunds_leaves_nothing(self, counter: Counter, drain: Do) -> None:
        rules(per_yuan=3, order_bonus=100)
        me, dice = counter.shopper.id, random.Random(11)
        quilt, towel = factories.product(price=10_033, stock=9), factories.product("towel", price=333, stock=9)
        order, pieces = (
            completed(counter.order(factories.line(quilt, 3), factories.line(towel, 4))),
            [0, 0, 0, 1, 1, 1, 1],
        )
        drain()
        whole = balance(me)
        assert whole == 3 * 30_099 // 100 + 3 * 1332 // 100 + 100
        dice.shuffle(pieces)
        left = [whole]
        for n, number in enumerate(pieces):
            refund(order, {number: 1}, f"r{n}")
            drain(twice=True)
            left.append(balance(me))
        assert left == sorted(left, reverse=True)
        assert left[-1] == 0
        require_sound(me)

    def test_by_what_each_line_gave(self, counter: Counter, drain: Do) -> None:
        quilt, towel = factories.product(price=10_000), factories.product("towel", price=3000)
        rules(excluded_product_ids=[quilt.id])
        order = completed(counter.order(factories.line(quilt), factories.line(towel)))
        drain()
        rules()
        refund(order, {0: 1}, "r1")
        drain()
        assert balance(counter.shopper.id) == 30, "it gave nothing, also if the rules say otherwise today"
        refund(order, {1: 1}, "r2")
        drain()
        assert balance(counter.shopper.id) == 0

    def test_messages_of_refunds_in_any_order(self, counter: Counter, cloud: Cloud) -> None:
        me = counter.shopper.id
        order = completed(counter.order(factories.line(factories.product(price=10_000, stock=9), 4)))
        with Transaction() as tx:
            service.earn_by_order(tx, order)
        refund(order, {0: 1}, "r1")
        refund(order, {0: 2}, "r2")
        stored = orders.load(me, order.id, consistent=True)
        with Transaction() as tx:
            service.take_back(tx, stored, "r2")
        assert balance(me) == 100, "the order says that three are gone"
        with cloud.unchanged(), Transaction() as tx:
            service.take_back(tx, stored, "r1")

    def test_refunded_before_the_order_gave_its_growth(self, counter: Counter, drain: Do, cloud: Cloud) -> None:
        me = counter.shopper.id
        order = completed(counter.order(factories.line(factories.product(price=10_000, stock=9), 2)))
        refund(order, {0: 1}, "r1")
        before = order
        with cloud.unchanged(), pytest.raises(OrderChanged), Transaction() as tx:
            # Read before the refund, written after it: the refund's own message may have come in between.
            service.earn_by_order(tx, before)
        drain(twice=True)
        assert balance(me) == 100
        refund(order, {0: 1}, "r2")
        drain(twice=True)
        assert balance(me) == 0
        require_sound(me)

    def test_a_level_reached_by_goods_that_went_back(self, counter: Counter, drain: Do) -> None:
        ladder()
        me = counter.shopper.id
        order = completed(counter.order(factories.line(factories.product(price=60_000, stock=2), 2)))
        drain()
        assert (level(me), board(me)["level"]) == ("gold", "gold")
        refund(order, {0: 1}, "r1")
        drain(twice=True)
        assert (level(me), held(me), board(me)["level"]) == ("silver", ["basic", "silver"], "silver")
        refund(order, {0: 1}, "r2")
        drain(twice=True)
        assert (level(me), board(me)["level"]) == ("basic", "basic")
        require_sound(me)

    def test_what_staff_took_before_is_owed(self, counter: Counter, drain: Do) -> None:
        me = counter.shopper.id
        order = completed(counter.order(factories.line(factories.product(price=10_000))))
        drain()
        take(me, 60)
        refund(order, {0: 1}, "r1")
        drain()
        assert balance(me) == -60
        assert counter.buyer.get("/me/membership").ok()["growth"] == 0
        give(me, 100)
        assert balance(me) == 40
        require_sound(me)


class TestDeath:
    """Growth, level and noticeboard: all of an order, and all of its refund, whichever step the process dies at."""

    def react(self, subscriber: str, event: Event) -> None:
        """One message, delivered (again)."""
        name = f"loyalty.membership.{subscriber}"
        message = {"subscriber": name, "event_id": f"evt_{subscriber}", "payload": event.model_dump(mode="json")}
        inbox.react(json.dumps({**message, "correlation_id": "x"}), first=False)

    def empty(self) -> None:
        for model in (Growth, GrowthEntry, Membership, inbox.InboxItem):
            for each in model.scan():
                each.delete()

    def test_of_earning(self, counter: Counter, drain: Do) -> None:
        ladder()
        order = completed(counter.order(factories.line(factories.product(price=60_000, stock=2), 2)))
        me = order.member_id
        drain()

        def act() -> None:
            self.react("earn_growth", OrderCompleted(member_id=me, order_id=order.id))
            self.react("announce_level", LevelChanged(member_id=me, level="gold"))

        def check() -> None:
            act()
            assert (balance(me), level(me), board(me)["level"]) == (1200, "gold", "gold")
            require_sound(me)

        every_death(self.empty, act, check)

    def test_of_taking_back(self, counter: Counter, drain: Do) -> None:
        ladder()
        order = completed(counter.order(factories.line(factories.product(price=60_000, stock=2), 2)))
        me = order.member_id
        refund(order, {0: 1}, "r1")
        drain()

        def begin() -> None:
            self.empty()
            with Transaction() as tx:
                shares = {"shares": [1200]}
                service.post(tx, levels.load(me), "earned", order.id, 1200, **shares)

        def act() -> None:
            named = {"member_id": me, "order_id": order.id, "refund_id": "r1"}
            self.react("take_back_growth", UnitsRefunded(**named))
            self.react("announce_level", LevelChanged(member_id=me, level="silver"))

        def check() -> None:
            act()
            assert (balance(me), level(me), board(me)["level"]) == (600, "silver", "silver")
            require_sound(me)

        every_death(begin, act, check)


class TestStaff:
    def test_adjust_with_a_reason_once(self, counter: Counter, http: Client, cloud: Cloud, drain: Do) -> None:
        ladder()
        desk, me = staff(http, "membership.read", "membership.write"), counter.shopper.id
        path = f"/admin/members/{me}/growth"
        for _ in range(2):
            got = desk.post(path, json={"growth": 700, "reason": "补偿"}, key="adjust-01").ok()
        assert (got["balance"], got["membership"]["level"]["id"]) == (700, "silver")
        drain()
        with cloud.unchanged():
            assert desk.post(path, json={"growth": -701, "reason": "x"}, key="adjust-02").code == "balance_too_low"
            assert desk.post(path, json={"growth": 0, "reason": "x"}, key="adjust-03").status == 422
            assert desk.post(path, json={"growth": 1, "reason": "x"}, key="adjust-01").code == "idempotency_key_reused"
            strange = desk.post("/admin/members/mem_x/growth", json={"growth": 1, "reason": "x"}, key="adjust-04")
            assert strange.status == 404
        desk.post(path, json={"growth": -300, "reason": "扣回"}, key="adjust-05").ok()
        drain()
        assert [(each["growth"], each["note"]) for each in desk.get(path).ok()["items"]] == [
            (-300, "扣回"),
            (700, "补偿"),
        ]
        shown = desk.get(f"/admin/members/{me}/membership").ok()
        assert (shown["balance"], shown["membership"]["level"]["id"]) == (400, "basic")
        require_sound(me)

    def test_rules(self, http: Client, cloud: Cloud, frozen: Any) -> None:
        desk = staff(http, "membership.read", "membership.write")
        now = desk.get("/admin/growth-rules").ok()
        assert now["version"] == 0
        body = {"rules": {**now["rules"], "per_yuan": 3}, "version": 0}
        assert desk.put("/admin/growth-rules", json=body).ok()["rules"]["per_yuan"] == 3
        with cloud.unchanged():
            assert desk.put("/admin/growth-rules", json=body).code == "growth_rules_edited"
            assert desk.put("/admin/growth-rules", json={**body, "rules": {"per_yuan": -1}}).status == 422


def test_a_closed_account_keeps_nothing(counter: Counter, drain: Do, cloud: Cloud) -> None:
    give(counter.shopper.id, 700)
    ShippingUse(member_id=counter.shopper.id, month="2026-11", used=1).save()
    drain()
    privacy.close(counter.shopper.id)
    drain(twice=True)
    names = ("growth", "growth_entries", "memberships", "member_shippings")
    assert [cloud.items(name) for name in names] == [[], [], [], []]


def test_a_merged_shell_brings_its_growth(counter: Counter, drain: Do) -> None:
    ladder()
    shell = factories.shopper("shell")
    give(shell.id, 700)
    give(counter.shopper.id, 400)
    drain()
    with Transaction() as tx:
        tx.emit(MembersMerged(member_id=counter.shopper.id, from_member_id=shell.id))
    drain(twice=True)
    assert (balance(counter.shopper.id), level(counter.shopper.id)) == (1100, "gold")
    assert list(GrowthEntry.query(shell.id)) == []
    require_sound(counter.shopper.id)
