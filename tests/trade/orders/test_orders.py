"""The buyer's orders, and the steps that features of trade ask for."""

from __future__ import annotations

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.errors import OrderChanged, OrderNotPending
from chalicelib.trade.orders.models import STEPS, Order, OrderStatus
from chalicelib.trade.pricing.schemas import Adjustment, PricedLine
from tests.trade import factories
from tests.trade.payments.factories import now_of, place


def test_stored_orders_leave_out_defaults_so_these_never_change(cloud):
    """Another default would change what orders of the past say."""
    found = {
        model: {name: field.default for name, field in model.model_fields.items() if not field.is_required()}
        for model in (PricedLine, Adjustment)
    }
    assert found[PricedLine] == {
        "category_id": "", "brand_id": "", "cost_amount": None, "prices": {}, "payable_amount": 0, "freight_amount": 0,
        "weight_grams": 0, "volume_ml": 0, "freight_template_id": "", "given": False, "counts_to_limit": False,
        "kind": "goods", "voucher": None, "ship_by": None,
    }  # fmt: skip
    assert found[Adjustment] == {
        "group": "", "excludes": [], "source_id": "", "threshold_amount": 0, "below_threshold": "keep", "counted": [],
    }  # fmt: skip
    assert '"counts_to_limit"' not in Order.lines.serialize(place().lines)


def test_mine_newest_first_by_status_and_page(cloud, frozen, http):
    shopper = factories.shopper()
    made = []
    for _ in range(5):
        frozen.move(seconds=1)
        made.append(place(member_id=shopper.id).id)
    mine = http.as_(shopper.token)
    first = mine.get("/orders", query={"limit": 3}).ok()
    rest = mine.get("/orders", query={"limit": 3, "cursor": first["cursor"]}).ok()
    assert [each["id"] for each in first["items"] + rest["items"]] == made[::-1]
    assert rest["cursor"] is None
    with Transaction() as tx:
        orders.cancel(tx, now_of(place(member_id=shopper.id)), "x")
    assert len(mine.get("/orders", query={"status": "canceled"}).ok()["items"]) == 1
    assert len(mine.get("/orders", query={"status": "pending_payment", "limit": 2}).ok()["items"]) == 2


def test_another_members_order_is_not_found(cloud, frozen, http):
    order, stranger = place(), factories.shopper("two")
    other = http.as_(stranger.token)
    with cloud.unchanged():
        assert other.get(f"/orders/{order.id}").code == "order_not_found"
        assert other.post(f"/orders/{order.id}/cancel", json={}).code == "order_not_found"
        assert other.post(f"/orders/{order.id}/pay", json={"tender": "wechat_pay"}).code == "order_not_found"
    stolen = other.get("/orders", query={"cursor": "abc"})
    assert stolen.status == 422


@pytest.mark.parametrize("source", OrderStatus)
@pytest.mark.parametrize("to", OrderStatus)
def test_only_legal_steps(cloud, frozen, source, to):
    order = place()
    order.status = source
    order.save()
    if STEPS.allows(source, to):
        with Transaction() as tx:
            orders.move(tx, order, to)
        assert (now_of(order).status, now_of(order).status_day) == (to, f"{to}#{order.day}")
    elif STEPS.sources(to):
        with cloud.unchanged(), pytest.raises(OrderChanged), Transaction() as tx:
            orders.move(tx, order, to)


def test_paid_with_the_exact_amount_or_not_at_all(cloud, frozen):
    order = place(amount=9900)
    with cloud.unchanged(), pytest.raises(OrderNotPending), Transaction() as tx:
        orders.pay(tx, order, payment_id="pay_1", amount=9899)
    with Transaction() as tx:
        orders.pay(tx, order, payment_id="pay_1", amount=9900)
    assert (now_of(order).status, now_of(order).paid_amount) == (OrderStatus.PAID, 9900)
    with cloud.unchanged(), pytest.raises(OrderNotPending), Transaction() as tx:
        orders.cancel(tx, now_of(order), "too late")


def test_a_hold_keeps_a_paid_order_from_being_ready(cloud, frozen, monkeypatch):
    from chalicelib.core import events
    from chalicelib.trade.orders.events import OrderReady

    heard = []
    subscriber = events.Subscriber("test.ready", OrderReady, "reactions", lambda event, _: heard.append(event))
    monkeypatch.setitem(events._by_kind, OrderReady, [subscriber])
    order = place(holds=["group_buy", "review"])
    with Transaction() as tx:
        orders.pay(tx, order, payment_id="pay_1", amount=9900)
    ready = [each for each in cloud.messages("reactions") if each["event"] == "OrderReady"]
    assert ready == []
    for hold, count in (("group_buy", 0), ("review", 1)):
        with Transaction() as tx:
            orders.release_hold(tx, now_of(order), hold)
        assert len([each for each in cloud.messages("reactions") if each["event"] == "OrderReady"]) == count


def test_an_unfinished_order_stands_against_closing_the_account(cloud, frozen, http, drain):
    shopper, quilt = factories.shopper(), factories.product()
    mine = http.as_(shopper.token)
    mine.post("/cart/items", json=factories.line(quilt)).ok()
    order = place(member_id=shopper.id)
    with cloud.unchanged():
        refused = mine.delete("/me", query={"confirm": "true"})
    assert (refused.code, refused.json["details"]["reasons"][0]["code"]) == ("open_obligations", "unfinished_order")
    copy = mine.get("/me/export").ok()["parts"]
    assert [each["id"] for each in copy["orders"]] == [order.id]
    assert [each["product_id"] for each in copy["cart"]] == [quilt.id]
    with Transaction() as tx:
        orders.cancel(tx, now_of(order), "x")
    assert mine.delete("/me", query={"confirm": "true"}).status in (200, 204)
    drain(expect_failures=True)
    assert cloud.items("cart") == []
