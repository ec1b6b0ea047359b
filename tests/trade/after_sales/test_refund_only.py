"""Money without goods: before anything left, in part, after it came; and what the order comes to."""

from __future__ import annotations

import pytest

from chalicelib.trade.after_sales.models import Status
from chalicelib.trade.fulfillment.shipments.models import Shipment, ShipmentStatus
from chalicelib.trade.orders.models import Order, OrderStatus, status_day
from tests.trade.after_sales.factories import Counter, book, payment, pieces_of, refunded
from tests.trade.payments.factories import now_of, refunds
from tests.trade.reviews.factories import upload


def test_one_piece_of_three_before_it_leaves(counter: Counter) -> None:
    order = counter.order((5_000, 3))
    sale = counter.apply(order, (0, 1), description="拍多了", phone="13800000000")
    assert (sale["status"], sale["proposed_amount"], sale["due_at"] is not None) == ("requested", 5_000, True)
    assert pieces_of(order) == [(0, 1, 0)]
    assert book(order) == {"0": 1}
    counter.agree(sale, note="好的")
    assert counter.status(sale) is Status.REFUNDING
    counter.settle()
    shown = counter.buyer.get(f"/after-sales/{sale['id']}").ok()
    assert (shown["status"], shown["refund_amount"], shown["freight_amount"]) == ("refunded", 5_000, 0)
    assert [(step["status"], step["actor"]) for step in shown["steps"]] == [
        ("requested", "buyer"),
        ("refunding", "staff"),
        ("refunded", "system"),
    ]
    seen = counter.staff.get(f"/admin/after-sales/{sale['number']}").ok()
    assert [step["actor"] for step in seen["steps"]] == ["buyer", "小林", "system"]
    assert (refunded(order), counter.back_by_wechat(), counter.available()) == (5_000, 5_000, 8)
    (refund,) = refunds(order)
    assert refund.id == f"R{order.payment_id}-{sale['id']}"
    assert len(refund.id) <= 64
    assert pieces_of(order) == [(0, 0, 1)]
    assert book(order) == {}
    counter.ship(order).ok()
    assert now_of(order).status is OrderStatus.SHIPPED
    assert pieces_of(order) == [(2, 0, 1)]


def test_what_is_asked_for_does_not_leave_meanwhile(counter: Counter) -> None:
    order = counter.order((5_000, 3))
    sale = counter.apply(order, (0, 1))
    refused = counter.ship(order, (0, 3))
    assert (refused.code, refused.json["details"]["left"]) == ("too_many_pieces", 2)
    counter.ship(order).ok()
    assert now_of(order).status is OrderStatus.PROCESSING  # one piece waits for an answer
    with counter.cloud.unchanged():
        assert counter.ship(order, number=2).code == "nothing_to_ship"
    counter.decide(sale, "refuse", reason="马上就发").ok()
    assert book(order) == {}
    counter.ship(order, number=2).ok()
    assert now_of(order).status is OrderStatus.SHIPPED


def test_the_rest_has_left_and_the_last_piece_is_refunded(counter: Counter) -> None:
    order = counter.order((5_000, 3))
    sale = counter.apply(order, (0, 1))
    counter.ship(order).ok()
    counter.agree(sale)
    counter.settle()
    now = now_of(order)
    assert (now.status, now.complete_by is not None, now.shipped_at is not None) == (OrderStatus.SHIPPED, True, True)
    assert (refunded(order), counter.available()) == (5_000, 8)
    assert counter.complete(order).status is OrderStatus.COMPLETED


def test_every_piece_before_any_left_ends_the_order_and_brings_the_freight(counter: Counter) -> None:
    order = counter.order((2_000, 2))
    assert order.freight_amount == 1_000
    first = counter.apply(order, (0, 1))
    counter.agree(first)
    counter.settle()
    assert (refunded(order), now_of(order).status) == (2_000, OrderStatus.PROCESSING)
    second = counter.apply(order, (0, 1))
    assert second["proposed_amount"] == 3_000
    counter.agree(second)
    counter.settle()
    now = now_of(order)
    assert (now.status, now.cancel_reason) == (OrderStatus.CANCELED, "全部商品已退款")
    assert (refunded(order), payment(order).refunded_amount, counter.available()) == (5_000, 5_000, 10)
    (shipment,) = counter.staff.get(f"/admin/orders/{order.number}/parcels").ok()["shipments"]
    assert shipment["status"] == ShipmentStatus.CANCELED
    with counter.cloud.unchanged():
        assert counter.ship(order).code == "not_to_ship"
        assert counter.try_apply(order, (0, 1)).code == "after_sale_closed"


def test_after_it_has_left_there_is_no_freight_and_no_stock(counter: Counter) -> None:
    order = counter.shipped((2_000, 2))
    sale = counter.apply(order, (0, 2), reason="not_wanted")
    counter.agree(sale)
    counter.settle()
    assert (refunded(order), counter.available()) == (4_000, 8)
    assert now_of(order).status is OrderStatus.SHIPPED
    assert counter.complete(order).status is OrderStatus.COMPLETED


@pytest.mark.parametrize("reason", ["not_arrived", "damaged", "not_as_described", "wrong_goods", "missing_pieces"])
def test_what_the_shop_did_wrong_brings_the_freight_with_the_last_piece(counter: Counter, reason: str) -> None:
    order = counter.shipped((2_000, 2))
    one = {"kind": "refund_only", "pieces": [{"line": 0, "quantity": 1}], "reason": reason}
    path = f"/orders/{order.id}/after-sale-quote"
    assert counter.buyer.post(path, json=one).ok()["freight_amount"] == 0
    counter.agree(counter.apply(order, (0, 1), reason="not_wanted"))
    counter.settle()
    assert refunded(order) == 2_000
    assert counter.buyer.post(path, json=one).ok()["freight_amount"] == 1_000
    assert counter.buyer.post(path, json={**one, "reason": "not_wanted"}).ok()["freight_amount"] == 0
    sale = counter.apply(order, (0, 1), reason=reason)
    assert sale["proposed_amount"] == 3_000
    counter.wait(hours=49)
    counter.settle()
    assert refunded(order) == payment(order).amount == 5_000


def test_staff_who_think_otherwise_keep_the_freight(counter: Counter) -> None:
    order = counter.shipped((2_000, 2))
    counter.agree(counter.apply(order, (0, 2), reason="damaged"), freight_amount=0)
    counter.settle()
    assert refunded(order) == 4_000


def test_staff_may_add_freight_up_to_what_was_paid(counter: Counter) -> None:
    order = counter.shipped((2_000, 2))
    sale = counter.apply(order, (0, 1))
    with counter.cloud.unchanged():
        refused = counter.decide(sale, "agree", freight_amount=1_001)
        assert (refused.code, refused.json["details"]["left_amount"]) == ("freight_above_left", 1_000)
        assert counter.decide(sale, "agree", amount=2_001, note="?").code == "amount_above_due"
    counter.agree(sale, freight_amount=400)
    counter.settle()
    other = counter.apply(order, (0, 1))
    with counter.cloud.unchanged():
        assert counter.decide(other, "agree", freight_amount=601).code == "freight_above_left"
    counter.agree(other, freight_amount=600)
    counter.settle()
    assert refunded(order) == payment(order).amount == 5_000


def test_who_asks_for_less_gets_less_and_the_rest_is_not_owed_later(counter: Counter) -> None:
    order = counter.shipped((5_000, 2))
    sale = counter.apply(order, (0, 1), amount=1_200)
    counter.agree(sale)
    counter.settle()
    stored = counter.sale(sale)
    assert (stored.goods_amount, stored.withheld_amount, stored.refund_amount) == (5_000, 3_800, 1_200)
    other = counter.apply(order, (0, 1))
    assert other["proposed_amount"] == 5_000
    counter.agree(other)
    counter.settle()
    assert refunded(order) == 6_200


def test_what_costs_nothing_is_done_at_once(counter: Counter) -> None:
    order = counter.shipped((5_000, 1))
    sale = counter.apply(order, (0, 1), amount=0)
    assert counter.agree(sale)["status"] == "refunded"
    counter.settle()
    assert (refunded(order), now_of(order).refunded_units) == (0, {"0": 1})


def test_a_ready_order_that_is_not_planned_yet_is_planned_first(counter: Counter) -> None:
    order = counter.order((5_000, 2))
    unplanned = counter.cloud.items("shipments")[0]
    Shipment(order_id=unplanned["order_id"]["S"], id=unplanned["id"]["S"]).delete()
    order.update([Order.status.set(OrderStatus.PAID), Order.status_day.set(status_day(OrderStatus.PAID, order.day))])
    counter.apply(order, (0, 2))
    assert (now_of(order).status, pieces_of(order)) == (OrderStatus.PROCESSING, [(0, 2, 0)])


def test_pictures_of_what_is_wrong(counter: Counter) -> None:
    """Sent before, each checked by what it is; staff see their addresses."""
    order, key = counter.shipped((5_000, 1)), upload(counter.buyer)
    with counter.cloud.unchanged():
        strange = upload(counter.buyer, b"no picture")
        assert counter.try_apply(order, (0, 1), pictures=[strange]).code == "unsupported_media"
        assert counter.try_apply(order, (0, 1), pictures=[f"{key[:-8]}00000000"]).status in (404, 422)
        assert counter.try_apply(order, (0, 1), pictures=[key] * 10).code == "invalid"
    sale = counter.apply(order, (0, 1), reason="damaged", description="破了一角", pictures=[key])
    (address,) = counter.staff.get(f"/admin/after-sales/{sale['number']}").ok()["pictures"]
    assert address.startswith("https://")
    assert sale["pictures"] == [address]


@pytest.mark.parametrize(
    ("pieces", "more", "code"),
    [
        ([(0, 4)], {}, "pieces_not_there"),
        ([(1, 1)], {}, "pieces_not_there"),
        ([(0, 1)], {"kind": "return_and_refund"}, "pieces_not_there"),  # it has not left
        ([(0, 1)], {"kind": "exchange"}, "pieces_not_there"),
        ([], {}, "invalid"),
        ([(0, 0)], {}, "invalid"),
        ([(0, 1), (0, 1)], {}, "invalid"),
        ([(0, 1)], {"reason": "because"}, "invalid"),
        ([(0, 1)], {"amount": -1}, "invalid"),
        ([(0, 1)], {"replacement_sku_id": "sku_1"}, "invalid"),
        ([(0, 1)], {"pictures": ["https://elsewhere.test/1.png"]}, "invalid"),
        ([(0, 1)], {"description": "x" * 501}, "invalid"),
    ],
)
def test_refused(counter: Counter, pieces: list[tuple[int, int]], more: dict[str, object], code: str) -> None:
    order = counter.order((5_000, 3))
    with counter.cloud.unchanged():
        assert counter.try_apply(order, *pieces, **more).code == code


def test_orders_that_are_not_paid_or_too_old(counter: Counter) -> None:
    order = counter.shipped((5_000, 3))
    counter.complete(order)
    counter.clock.move(days=7, minutes=-1)
    counter.apply(order, (0, 1))
    counter.clock.move(minutes=2)
    with counter.cloud.unchanged():
        assert counter.try_apply(order, (0, 1)).code == "after_sale_closed"
        assert (
            counter.buyer.post(
                f"/orders/{order.id}/after-sale-quote",
                json={"kind": "refund_only", "pieces": [{"line": 0, "quantity": 1}]},
            ).code
            == "after_sale_closed"
        )
