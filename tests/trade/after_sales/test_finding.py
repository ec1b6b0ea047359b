"""The order desk finds an order by every number that somebody may read to it."""

from __future__ import annotations

import pytest

from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.models import Payment
from tests.trade.after_sales.factories import RETURN_TO, Counter, waybill
from tests.trade.factories import staff_token


def test_an_order_is_found_by_the_numbers_of_its_payments_parcels_and_after_sales(counter: Counter) -> None:
    other = counter.shipped((4_000, 1))
    order = counter.shipped((5_000, 3))
    sale = counter.apply(order, (0, 1), kind="return_and_refund", reason="damaged")
    counter.agree(sale, return_to=RETURN_TO)
    counter.say(sale, "send-back", **waybill(5)).ok()
    counter.decide(sale, "receive").ok()
    counter.decide(sale, "inspect").ok()
    counter.settle()
    payment = Payment.find(str(order.payment_id))
    assert payment is not None
    (refund,) = counter.cloud.items("refunds")
    (sent,) = [each for each in counter.cloud.items("parcels") if each["order_id"]["S"] == order.id]
    desk = counter.http.as_(staff_token("orders.read"))

    def found(**asked: str) -> tuple[list[str], str | None]:
        page = desk.get("/admin/orders", query=asked).ok()
        return [each["number"] for each in page["items"]], page["understood_as"]

    numbers = {
        "payment_id": payment.id,
        "transaction_id": str(payment.transaction_id),
        "refund_id": refund["id"]["S"],
        "after_sale_number": sale["number"],
        "tracking_number": sent["tracking_number"]["S"],
    }
    with counter.cloud.unchanged():
        for field, number in numbers.items():
            assert found(**{field: number}) == ([order.number], None), field
            assert found(q=number) == ([order.number], field)
            assert found(**{field: number, "number": other.number}) == ([], None)
        returned = waybill(5)["tracking_number"].lower()
        assert found(tracking_number=f" {returned} ") == ([order.number], None)
        assert found(transaction_id="4200" + "9" * 24) == ([], None)
        counter.partners.faults.api("query", "500", times=3)
        silent = desk.get("/admin/orders", query={"transaction_id": numbers["transaction_id"]})
    assert (silent.status, silent.code) == (503, "partner_unavailable")


Orders = dict[str, Order]


@pytest.fixture
def orders(counter: Counter) -> Orders:
    """One buyer's orders, by what became of them after the sale."""
    made = {name: counter.shipped((5_000, 3)) for name in ("calm", "asked", "returning", "done", "canceled", "twice")}
    counter.apply(made["asked"], (0, 1))
    counter.agree(counter.apply(made["returning"], (0, 1), kind="return_and_refund"), return_to=RETURN_TO)
    counter.agree(counter.apply(made["done"], (0, 1)))
    counter.say(counter.apply(made["canceled"], (0, 1)), "cancel").ok()
    counter.agree(counter.apply(made["twice"], (0, 1)))
    counter.apply(made["twice"], (0, 1), kind="return_and_refund")
    counter.settle()
    return made


QUESTIONS = [
    ({"has_open_after_sale": "true"}, {"asked", "returning", "twice"}),
    ({"has_open_after_sale": "false"}, {"calm", "done", "canceled"}),
    ({"after_sale_kind": "return_and_refund"}, {"returning", "twice"}),
    ({"after_sale_kind": "refund_only"}, {"asked", "done", "canceled", "twice"}),
    ({"after_sale_kind": "exchange"}, set()),
    ({"after_sale_status": "requested"}, {"asked", "twice"}),
    ({"after_sale_status": "refunded"}, {"done", "twice"}),
    ({"after_sale_kind": "refund_only", "has_open_after_sale": "true"}, {"asked"}),
    ({"after_sale_kind": "refund_only", "has_open_after_sale": "false"}, {"done", "canceled"}),
    ({"after_sale_kind": "return_and_refund", "after_sale_status": "refunded"}, set()),
    ({"has_open_after_sale": "true", "after_sale_status": "canceled"}, set()),
]


def test_orders_are_found_by_what_their_after_sales_are(counter: Counter, orders: Orders) -> None:
    desk = counter.http.as_(staff_token("orders.read"))
    names = {order.number: name for name, order in orders.items()}

    def found(**asked: str) -> set[str]:
        items = desk.get("/admin/orders", query=asked).ok()["items"]
        return {names[each["number"]] for each in items}

    with counter.cloud.unchanged():
        for asked, expected in QUESTIONS:
            assert found(member_id=counter.shopper.id, **asked) == expected, asked
        day = orders["calm"].day
        assert found(from_day=day, to_day=day, has_open_after_sale="true") == {"asked", "returning", "twice"}
        number = orders["done"].number
        assert found(number=number, has_open_after_sale="true") == set()
        assert found(number=number, has_open_after_sale="false") == {"done"}


def test_an_after_sale_whose_money_is_on_its_way_is_open(counter: Counter) -> None:
    """Its pieces are in no book any more."""
    order = counter.shipped((5_000, 1))
    sale = counter.apply(order, (0, 1))
    desk = counter.http.as_(staff_token("orders.read"))
    counter.agree(sale)
    asked = {"number": order.number, "has_open_after_sale": "true"}
    assert counter.status(sale).value == "refunding"
    assert len(desk.get("/admin/orders", query=asked).ok()["items"]) == 1
    counter.settle()
    assert desk.get("/admin/orders", query=asked).ok()["items"] == []
