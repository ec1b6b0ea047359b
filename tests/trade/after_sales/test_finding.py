"""The order desk finds an order by every number that somebody may read to it."""

from __future__ import annotations

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
