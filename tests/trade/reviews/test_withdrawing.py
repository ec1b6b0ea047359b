"""A review whose goods went back, or that was hidden for good: what it earned is taken back, once."""

from __future__ import annotations

from typing import Any

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.models import MALL, GrowthRulesRow
from chalicelib.loyalty.membership.schemas import GrowthRules
from chalicelib.loyalty.points import service as points_service
from chalicelib.loyalty.points.models import PointsRules
from chalicelib.loyalty.points.schemas import Rules
from chalicelib.trade.orders.events import UnitsRefunded
from chalicelib.trade.orders.models import Order
from chalicelib.trade.reviews.desk import service as desk
from chalicelib.trade.reviews.desk.schemas import Decide, StaffReviewView
from chalicelib.trade.reviews.withdrawing import service as withdrawing
from infra.local.faults import every_death
from tests.loyalty.membership.factories import balance
from tests.loyalty.points.factories import buckets, posted, refund, require_sound
from tests.loyalty.tasks.factories import task
from tests.trade.reviews.conftest import Shop
from tests.trade.reviews.factories import Shopper, product, received, shopper, stored, upload


def earned(buyer: Shopper, order: Order, line: int = 0) -> tuple[int, int]:
    """What the review of a line earned, and what was taken back of it."""
    return posted(buyer.id, "review", f"{order.id}-{line}"), posted(buyer.id, "taken_back", f"review/{order.id}-{line}")


def decide(review: dict[str, Any], buyer: Shopper, *, show: bool) -> None:
    """Staff do, whose token would not last for the days of these tests."""
    desk.decide(buyer.id, review["id"], Decide(show=show, reason=None if show else "广告"))


def test_each_line_that_went_back_whole(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer, product(), product("pan"), product("towel"), quantity=2)
    for line in (0, 1, 2):
        shop.publish(buyer, order.id, line=line)
    refund(order, {0: 2, 1: 1}, "rfd_1")
    shop.drain(twice=True)
    assert [earned(buyer, order, line) for line in (0, 1, 2)] == [(10, -10), (10, 0), (10, 0)]
    refund(order, {1: 1, 2: 2}, "rfd_2")
    shop.drain(twice=True)
    assert [earned(buyer, order, line) for line in (0, 1, 2)] == [(10, -10), (10, -10), (10, -10)]
    require_sound(buyer.id)
    assert buckets(buyer.id) == {}
    assert len(shop.page(order.lines[0].product_id)) == 1, "what the buyer said stays"


def test_growth_comes_and_goes_with_it(shop: Shop) -> None:
    buyer = shopper()
    GrowthRulesRow(shop=MALL, rules=GrowthRules(doings={"review": 7}), version=1).save()
    order = received(buyer)
    shop.publish(buyer, order.id)
    shop.drain(twice=True)
    assert balance(buyer.id) == 7
    refund(order, {0: 1}, "rfd_1")
    shop.drain(twice=True)
    assert balance(buyer.id) == 0


def test_what_was_spent_is_owed(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer)
    shop.publish(buyer, order.id)
    with Transaction() as tx:
        points_service.spend(tx, points_service.open_account(buyer.id), "spent", "ord_x", 7)
    PointsRules(rules=Rules(doings={"review": 30})).save()  # what it earned counts, not what it would earn now
    refund(order, {0: 1}, "rfd_1")
    shop.drain()
    assert buckets(buyer.id) == {"owed": -7}
    require_sound(buyer.id)


def test_it_is_shown_after_its_goods_went_back(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer)
    shop.partners.wechat.content.keep_back(True)
    shop.publish(buyer, order.id, pictures=[upload(shop.as_(buyer))])
    task("custom", word="review", target=1)
    refund(order, {0: 1}, "rfd_1")
    shop.drain()
    shop.partners.wechat.content.keep_back(False)
    shop.hear()
    assert stored(buyer)[0].status == "shown"
    assert earned(buyer, order) == (0, 0)
    assert progress(shop, buyer) == [(0, "doing")]


def test_hidden_for_good(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer)
    made = shop.publish(buyer, order.id)
    decide(made, buyer, show=False)
    shop.later(days=6, hours=23)
    assert earned(buyer, order) == (10, 0)
    shop.later(hours=2)
    assert earned(buyer, order) == (10, -10)
    assert StaffReviewView.of(stored(buyer)[0]).withdrawn_at is not None
    decide(made, buyer, show=True)
    decide(made, buyer, show=False)
    shop.later(days=8)
    refund(order, {0: 1}, "rfd_1")
    shop.drain(twice=True)
    assert earned(buyer, order) == (10, -10), "once, and it earns nothing again"
    require_sound(buyer.id)


def test_staff_think_better_of_it(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer)
    made = shop.publish(buyer, order.id)
    decide(made, buyer, show=False)
    shop.later(days=6)
    decide(made, buyer, show=True)
    decide(made, buyer, show=False)
    shop.later(days=2)  # the first deadline is over, the second is not
    assert earned(buyer, order) == (10, 0)
    decide(made, buyer, show=True)
    shop.later(days=9)
    assert earned(buyer, order) == (10, 0)


def test_what_never_was_shown_has_nothing_to_lose(shop: Shop) -> None:
    buyer = shopper()
    made = shop.publish(buyer, received(buyer).id, text="违禁")
    decide(made, buyer, show=False)
    shop.later(days=8)
    assert stored(buyer)[0].withdrawn_at is None
    decide(made, buyer, show=True)
    shop.hear()
    assert buckets(buyer.id)


def test_an_automatic_mark_earned_nothing(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer, told=True)
    shop.drain()
    shop.later(days=31)
    assert stored(buyer)[0].automatic
    refund(order, {0: 1}, "rfd_1")
    shop.drain()
    assert (stored(buyer)[0].withdrawn_at, buckets(buyer.id)) == (None, {})


def progress(shop: Shop, buyer: Shopper) -> list[tuple[int, str]]:
    shown = shop.as_(buyer).get("/me/tasks").ok()["items"]
    return [(each["count"], each["state"]) for each in shown]


def test_tasks_count_it_no_more_until_they_are_claimed(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer, product(), product("pan"), product("towel"))
    made = task("custom", word="review", target=2)
    for line in (0, 1, 2):
        shop.publish(buyer, order.id, line=line)
    refund(order, {0: 1}, "rfd_1")
    shop.drain(twice=True)
    assert progress(shop, buyer) == [(2, "finished")], "the third counted too"
    refund(order, {1: 1}, "rfd_2")
    shop.drain(twice=True)
    assert progress(shop, buyer) == [(1, "doing")]
    more = received(buyer, product("pot"))
    shop.publish(buyer, more.id)
    shop.as_(buyer).post(f"/me/tasks/{made.id}/claim", json={}).ok()
    refund(more, {0: 1}, "rfd_3")
    shop.drain(twice=True)
    assert progress(shop, buyer)[0][1] == "claimed"


def test_it_dies_at_every_step(shop: Shop) -> None:
    made: list[Any] = []

    def prepare() -> None:
        shop.cloud.memory.clear()
        shop.partners.reset()
        buyer = shopper()
        made[:] = [buyer, received(buyer)]
        shop.publish(buyer, made[1].id)
        made[1].update([Order.refunded_units.set({"0": 1})])

    def act() -> None:
        withdrawing.after_refund(made[0].id, made[1].id)
        shop.drain()

    def check() -> None:
        buyer, order = made
        withdrawing.after_refund(buyer.id, order.id)
        for _ in range(2):
            shop.sweep(redeliver=True)
        assert earned(buyer, order) == (10, -10)
        assert shop.cloud.dead_letters() == []

    every_death(prepare, act, check)


def test_two_refunds_at_once(shop: Shop) -> None:
    """The same line named by two messages: it is withdrawn once."""
    buyer = shopper()
    order = received(buyer)
    shop.publish(buyer, order.id)
    refund(order, {0: 1}, "rfd_1")
    with Transaction() as tx:
        tx.emit(UnitsRefunded(member_id=buyer.id, order_id=order.id, refund_id="rfd_1", units={"0": 1}))
    shop.drain()
    assert earned(buyer, order) == (10, -10)
    require_sound(buyer.id)
