"""Goods come back: agreed, sent, received, looked at; and exchanges."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.inventory.models import Stock
from chalicelib.trade.after_sales.models import Status
from chalicelib.trade.checkout.models import Purchase
from chalicelib.trade.fulfillment.shipments.models import Parcel, Purpose
from chalicelib.trade.orders.models import Order
from tests.mall.stores.factories import warehouse
from tests.trade import factories
from tests.trade.after_sales.factories import RETURN_TO, Counter, book, refunded, waybill
from tests.trade.payments.factories import now_of


def test_one_of_three_is_sent_back(counter: Counter) -> None:
    order = counter.shipped((5_000, 3))
    sale = counter.apply(order, (0, 1), kind="return_and_refund", reason="damaged")
    with counter.cloud.unchanged():
        assert counter.say(sale, "send-back", **waybill(5)).code == "after_sale_moved_on"
        assert counter.decide(sale, "agree").code == "no_return_address"
    agreed = counter.agree(sale, return_to=RETURN_TO)
    assert (agreed["status"], agreed["return_to"]["phone"]) == ("returning", "021-60000000")
    sent = counter.say(sale, "send-back", **waybill(5)).ok()
    assert (sent["status"], sent["sent_back"]["tracking_number"]) == ("sent", waybill(5)["tracking_number"])
    with counter.cloud.unchanged():
        counter.say(sale, "send-back", **waybill(5)).ok()
    counter.drain()
    (parcel,) = Parcel.query(sale["id"])
    assert (parcel.purpose, parcel.phone_tail) == (Purpose.RETURN, "0000")
    assert [each["tracking_number"] for each in counter.buyer.get(f"/after-sales/{sale['id']}/tracks").ok()["items"]]
    assert len(counter.buyer.get(f"/orders/{order.id}/parcels").ok()["parcels"]) == 1
    counter.decide(sale, "receive").ok()
    done = counter.decide(sale, "inspect").ok()
    assert (done["status"], done["refund_amount"]) == ("refunding", 5_000)
    counter.settle()
    assert (counter.status(sale), refunded(order), counter.available()) == (Status.REFUNDED, 5_000, 8)
    assert book(order) == {}


def test_part_of_it_is_accepted_and_part_of_that_can_be_sold(counter: Counter) -> None:
    order = counter.shipped((5_000, 3))
    sale = counter.returned(order, (0, 3))
    found = {"line": 0, "accepted": 2, "sellable": 1}
    with counter.cloud.unchanged():
        assert counter.decide(sale, "inspect", pieces=[found]).code == "reason_needed"
        assert counter.decide(sale, "inspect", amount=1).code == "reason_needed"
        too_many = {"line": 0, "accepted": 4, "sellable": 0}
        assert counter.decide(sale, "inspect", pieces=[too_many], note="?").code == "pieces_not_there"
        no_line = {"line": 7, "accepted": 1, "sellable": 0}
        assert counter.decide(sale, "inspect", pieces=[no_line], note="?").code == "pieces_not_there"
        wrong = {"line": 0, "accepted": 1, "sellable": 2}
        assert counter.decide(sale, "inspect", pieces=[wrong], note="?").code == "invalid"
    counter.decide(sale, "inspect", pieces=[found], note="一件有使用痕迹", amount=9_000).ok()
    counter.settle()
    stored = counter.sale(sale)
    assert (stored.goods_amount, stored.withheld_amount, stored.pieces[0].accepted) == (10_000, 1_000, 2)
    assert (refunded(order), counter.available(), now_of(order).refunded_units) == (9_000, 8, {"0": 2})
    assert book(order) == {}
    other = counter.apply(order, (0, 1))
    counter.agree(other)
    counter.settle()
    assert refunded(order) == 14_000


def test_none_of_it_is_accepted_and_the_owner_thinks_otherwise(counter: Counter) -> None:
    order = counter.shipped((5_000, 1))
    sale = counter.returned(order, (0, 1))
    nothing = {"line": 0, "accepted": 0, "sellable": 0}
    refused = counter.decide(sale, "inspect", pieces=[nothing], note="已损坏").ok()
    assert (refused["status"], refused["goods_back"], book(order)) == ("refused", True, {})
    counter.say(sale, "appeal", reason="寄出时完好").ok()
    assert book(order) == {"0": 1}
    path = f"/admin/after-sales/{sale['number']}/appeal"
    with counter.cloud.unchanged():
        assert counter.staff.post(path, json={"uphold": True}).status == 403
        assert counter.decide(sale, "agree").code == "after_sale_moved_on"
        assert counter.decide(sale, "refuse", reason="不").code == "after_sale_moved_on"
    counter.owner.post(path, json={"uphold": True, "note": "同意退款"}).ok()
    counter.settle()
    assert (counter.status(sale), refunded(order), counter.available()) == (Status.REFUNDED, 5_000, 9)


def test_refused_appealed_rejected_and_no_further(counter: Counter) -> None:
    order = counter.order((5_000, 2))
    sale = counter.apply(order, (0, 1))
    with counter.cloud.unchanged():
        assert counter.say(sale, "appeal", reason="?").code == "after_sale_moved_on"
    counter.decide(sale, "refuse", reason="已经打包").ok()
    assert counter.buyer.get(f"/after-sales/{sale['id']}").ok()["may_appeal"] is True
    appealed = counter.say(sale, "appeal", reason="没有发货").ok()
    assert (appealed["status"], appealed["may_appeal"]) == ("appealed", False)
    path = f"/admin/after-sales/{sale['number']}/appeal"
    assert counter.owner.post(path, json={"uphold": False, "note": "已发出"}).ok()["status"] == "rejected"
    assert book(order) == {}
    with counter.cloud.unchanged():
        assert counter.say(sale, "appeal", reason="?").code == "after_sale_moved_on"
        assert counter.owner.post(path, json={"uphold": True}).code == "after_sale_moved_on"
        assert counter.say(sale, "cancel").code == "after_sale_moved_on"


def test_an_appeal_comes_too_late_or_for_pieces_that_went(counter: Counter) -> None:
    order = counter.shipped((5_000, 1))
    sale = counter.apply(order, (0, 1))
    counter.decide(sale, "refuse", reason="不").ok()
    again = counter.apply(order, (0, 1))
    with counter.cloud.unchanged():
        assert counter.say(sale, "appeal", reason="?").code == "pieces_not_there"
    counter.say(again, "cancel").ok()
    counter.clock.move(days=7)
    with counter.cloud.unchanged():
        assert counter.say(sale, "appeal", reason="?").code == "appeal_over"


def test_canceled_by_the_buyer(counter: Counter) -> None:
    order = counter.order((5_000, 2))
    sale = counter.apply(order, (0, 2))
    assert counter.say(sale, "cancel").ok()["status"] == "canceled"
    with counter.cloud.unchanged():
        assert counter.say(sale, "cancel").ok()["status"] == "canceled"
        assert counter.decide(sale, "agree").code == "after_sale_moved_on"
    assert book(order) == {}
    counter.ship(order).ok()
    back = counter.returned(order, (0, 1))
    with counter.cloud.unchanged():
        assert counter.say(back, "cancel").code == "after_sale_moved_on"  # the goods are on their way


def test_a_mistyped_number_is_mended_twice_at_most(counter: Counter) -> None:
    sale = counter.returned(counter.shipped((5_000, 1)), (0, 1))
    for number in (11, 12):
        counter.say(sale, "send-back", **waybill(number)).ok()
    with counter.cloud.unchanged():
        assert counter.say(sale, "send-back", **waybill(13)).code == "too_many_waybills"
        assert counter.say(sale, "send-back", carrier="nobody", tracking_number="123456").code == "carrier_unknown"
    assert counter.sale(sale).sent_back is not None


def test_the_number_that_it_came_with_is_not_the_buyers(counter: Counter) -> None:
    """Its courier has said "signed for" already, of the way to the buyer."""
    order = counter.shipped((5_000, 1))
    (came,) = counter.buyer.get(f"/orders/{order.id}/parcels").ok()["parcels"]
    sale = counter.apply(order, (0, 1), kind="return_and_refund")
    counter.agree(sale, return_to=RETURN_TO)
    named = {"carrier": came["carrier"], "tracking_number": came["tracking_number"]}
    with counter.cloud.unchanged():
        assert counter.say(sale, "send-back", **named).code == "waybill_of_shop"
    assert counter.say(sale, "send-back", **waybill(5)).ok()["status"] == "sent"


def test_the_replacement_does_not_go_under_the_number_that_came_back(counter: Counter) -> None:
    sale = counter.returned(counter.shipped((5_000, 1)), (0, 1), kind="exchange")
    counter.decide(sale, "inspect").ok()
    back = counter.sale(sale).sent_back
    assert back is not None
    with counter.cloud.unchanged():
        refused = counter.decide(sale, "replacement", carrier="sf", tracking_number=back.tracking_number)
        assert refused.code == "waybill_in_use"


def test_the_place_that_sent_the_goods_takes_them_back(counter: Counter) -> None:
    made = counter.http.as_(factories.staff_token("stores.read", "stores.write"))
    store = made.post("/admin/stores", json=warehouse("售后仓")).ok()["id"]
    order = counter.shipped((5_000, 1))
    sale = counter.apply(order, (0, 1), kind="return_and_refund")
    with counter.cloud.unchanged():
        assert counter.decide(sale, "agree", store_id="str_none").code == "no_return_address"
    agreed = counter.agree(sale, store_id=store)
    assert agreed["return_to"]["name"] == "售后仓"


def test_what_went_back_no_longer_counts_against_the_limit(counter: Counter) -> None:
    order = counter.shipped((5_000, 3))
    line = order.lines[0].model_copy(update={"counts_to_limit": True})
    order.update([Order.lines.set([line])])
    Purchase(member_id=order.member_id, product_id=line.product_id, quantity=3).save()
    sale = counter.returned(order, (0, 2))
    counter.decide(sale, "inspect", pieces=[{"line": 0, "accepted": 2, "sellable": 1}], note="一件旧").ok()
    counter.settle()
    counted = Purchase.find(order.member_id, line.product_id)
    assert counted is not None
    assert counted.quantity == 2


def two_colors(counter: Counter, *prices: int) -> Product:
    item = factories.product("color", price=prices[0], values=("白", "灰"))
    item.skus[1].price_amount = prices[1]
    item.save()
    counter.products.append(item)
    return item


def order_of(counter: Counter, item: Product, pieces: int = 2) -> object:
    asked = {"lines": [factories.line(item, pieces)], "address_id": counter.shopper.address_id}
    payable = counter.buyer.post("/checkout/preview", json=asked).ok()["payable_amount"]
    placed = counter.buyer.post("/orders", json={**asked, "expected_payable_amount": payable}, key=counter.tap()).ok()
    return counter.pay(placed["id"])


@pytest.mark.parametrize("to", [0, 1])
def test_exchanged(counter: Counter, to: int) -> None:
    item = two_colors(counter, 5_000, 5_000)
    order = order_of(counter, item)
    counter.ship(order).ok()  # type: ignore[arg-type]
    wanted = item.skus[to].id
    sale = counter.returned(order, (0, 1), kind="exchange", replacement_sku_id=wanted)  # type: ignore[arg-type]
    counter.decide(sale, "inspect").ok()
    counter.drain()
    assert counter.status(sale) is Status.REPLACING
    assert [factories.available(item, n) for n in (0, 1)] == ([8, 10] if to == 0 else [9, 9])
    with counter.cloud.unchanged():
        assert counter.decide(sale, "replacement", carrier="sf", tracking_number="1").code == "invalid"
    done = counter.decide(sale, "replacement", **waybill(99)).ok()
    counter.settle()
    assert (done["status"], done["replaced_by"]["tracking_number"]) == ("replaced", waybill(99)["tracking_number"])
    assert (refunded(order), book(order), now_of(order).refunded_units) == (0, {}, {})  # type: ignore[arg-type]
    back, replacement = sorted(Parcel.query(sale["id"]), key=lambda each: each.shipped_at)
    assert (back.purpose, replacement.purpose) == (Purpose.RETURN, Purpose.REPLACEMENT)
    assert replacement.lines[0].sku_id == wanted
    again = counter.apply(order, (0, 2))  # type: ignore[arg-type]
    counter.agree(again)
    counter.settle()
    assert refunded(order) == 10_000  # type: ignore[arg-type]


def test_an_exchange_costs_nobody_anything(counter: Counter) -> None:
    item = two_colors(counter, 5_000, 6_000)
    order = order_of(counter, item)
    counter.ship(order).ok()  # type: ignore[arg-type]
    with counter.cloud.unchanged():
        asked = {"kind": "exchange", "replacement_sku_id": item.skus[1].id}
        assert counter.try_apply(order, (0, 1), **asked).code == "exchange_not_equal"  # type: ignore[arg-type]
        asked["replacement_sku_id"] = "sku_of_another_product"
        assert counter.try_apply(order, (0, 1), **asked).code == "exchange_not_equal"  # type: ignore[arg-type]


def test_a_replacement_that_is_sold_out_is_refunded_instead(counter: Counter) -> None:
    order = counter.shipped((5_000, 1))
    sale = counter.returned(order, (0, 1), kind="exchange")
    item = counter.products[0]
    stock = Stock.find(item.id, item.skus[0].id, consistent=True)
    assert stock is not None
    stock.update([Stock.available.set(0)])
    with counter.cloud.unchanged():
        assert counter.decide(sale, "inspect").code == "out_of_stock"
    counter.decide(sale, "inspect", refund_instead=True).ok()
    counter.settle()
    assert (counter.status(sale), refunded(order), counter.available()) == (Status.REFUNDED, 5_000, 1)


def appealed_exchange_sold_out(counter: Counter) -> tuple[Order, Any]:
    """Sent back, refused, appealed; and nothing is left to give instead."""
    order = counter.shipped((5_000, 1))
    sale = counter.returned(order, (0, 1), kind="exchange")
    nothing = {"line": 0, "accepted": 0, "sellable": 0}
    counter.decide(sale, "inspect", pieces=[nothing], note="有使用痕迹").ok()
    counter.say(sale, "appeal", reason="寄出时完好").ok()
    stock = Stock.find(counter.products[0].id, order.lines[0].sku_id, consistent=True)
    assert stock is not None
    stock.update([Stock.available.set(0)])
    return order, sale


def test_an_appeal_for_what_is_sold_out_is_refunded_instead(counter: Counter) -> None:
    order, sale = appealed_exchange_sold_out(counter)
    path = f"/admin/after-sales/{sale['number']}/appeal"
    with counter.cloud.unchanged():
        assert counter.owner.post(path, json={"uphold": True}).code == "out_of_stock"
    counter.owner.post(path, json={"uphold": True, "refund_instead": True}).ok()
    counter.settle()
    assert (counter.status(sale), refunded(order), book(order)) == (Status.REFUNDED, 5_000, {})


def test_nobody_answers_an_appeal_for_what_is_sold_out(counter: Counter) -> None:
    """Time acts for the buyer here too: there is no piece to give, so it is the money."""
    order, sale = appealed_exchange_sold_out(counter)
    counter.wait(hours=48, minutes=5)
    counter.settle()
    assert (counter.status(sale), refunded(order), book(order)) == (Status.REFUNDED, 5_000, {})


def test_who_agrees_to_less_than_is_due_says_why(counter: Counter) -> None:
    order = counter.shipped((5_000, 1))
    sale = counter.apply(order, (0, 1))
    with counter.cloud.unchanged():
        assert counter.decide(sale, "agree", amount=3_000).code == "reason_needed"
    counter.agree(sale, amount=3_000, note="商品已使用，扣折旧 20 元")
    counter.settle()
    assert refunded(order) == 3_000
    told = counter.buyer.get(f"/after-sales/{sale['id']}").ok()
    assert [step["text"] for step in told["steps"] if step["status"] == "refunding"] == ["商品已使用，扣折旧 20 元"]


def test_a_replacement_that_is_never_sent_is_refunded_instead(counter: Counter) -> None:
    order = counter.shipped((5_000, 1))
    sale = counter.returned(order, (0, 1), kind="exchange")
    with counter.cloud.unchanged():
        assert counter.decide(sale, "refund-instead", reason="?").code == "after_sale_moved_on"
        assert counter.decide(sale, "replacement", **waybill(9)).code == "after_sale_moved_on"
    counter.decide(sale, "inspect").ok()
    counter.decide(sale, "refund-instead", reason="仓库找不到").ok()
    counter.settle()
    assert (counter.status(sale), refunded(order), counter.available()) == (Status.REFUNDED, 5_000, 10)
