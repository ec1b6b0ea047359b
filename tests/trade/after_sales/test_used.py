"""Vouchers and codes: what was used or read is worth nothing when it comes back, so that only a person gives it."""

from __future__ import annotations

import pytest

from chalicelib.core.settings import settings
from chalicelib.mall.catalog.products.models import ProductKind, VoucherTerms
from chalicelib.trade.after_sales.models import Status
from chalicelib.trade.fulfillment.entitlements import service as entitlements
from chalicelib.trade.fulfillment.entitlements.models import Entitlement, EntitlementStatus
from chalicelib.trade.orders.models import Fulfillment, Order, OrderStatus
from tests.harness import Reply
from tests.mall.catalog.factories import staff_token
from tests.trade import factories
from tests.trade.after_sales.factories import Counter, refunded
from tests.trade.fulfillment.entitlements.factories import clerk
from tests.trade.fulfillment.goods_codes.factories import CONTACT, upload

TERMS = VoucherTerms(valid_days=30, store_ids=["sto_near"])


def buy(counter: Counter, kind: ProductKind, pieces: int = 2) -> Order:
    """Vouchers or codes at 30.00, paid and given."""
    more = {"voucher": TERMS} if kind is ProductKind.VOUCHER else {}
    card = factories.product("card", price=3_000, kind=kind, **more)
    counter.products.append(card)
    if kind is ProductKind.CODE:
        upload(counter.http.as_(staff_token("codes.write")), card, "AAAA-1111", "BBBB-2222").ok()
    body = {"lines": [factories.line(card, pieces)], "fulfillment": kind.value, "contact": CONTACT}
    body["expected_payable_amount"] = 3_000 * pieces
    placed = counter.buyer.post("/orders", json=body, key=counter.tap()).ok()
    return counter.pay(placed["id"])


def use(counter: Counter, found: Entitlement) -> Reply:
    store = counter.http.as_(clerk("sto_near", permissions=("pickup.verify", "pickup.read")))
    reply = store.post("/admin/verifications", json={"verification_code": found.code}, key=counter.tap())
    counter.drain()
    return reply


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIYU_GOODS_CODE_KEY", "a key of the tests and of nothing else")
    settings.cache_clear()


def test_vouchers_nobody_used_are_given_back_by_time_too(counter: Counter) -> None:
    order = buy(counter, ProductKind.VOUCHER)
    sale = counter.apply(order, (0, 1))
    counter.wait(hours=49)
    counter.settle()
    assert (counter.status(sale), refunded(order)) == (Status.REFUNDED, 3_000)
    states = sorted(each.status for each in entitlements.of_order(order.id))
    assert states == [EntitlementStatus.CANCELED, EntitlementStatus.OPEN]


def test_a_voucher_that_is_used_while_it_is_asked_for_waits_for_a_person(counter: Counter) -> None:
    """Asked for, used in the hours that staff have, and nobody looks: no money by itself."""
    order = buy(counter, ProductKind.VOUCHER)
    sale = counter.apply(order, (0, 2))
    for found in entitlements.of_order(order.id)[:1]:
        use(counter, found).ok()
    counter.wait(hours=49)
    counter.settle()
    assert (counter.status(sale), refunded(order)) == (Status.REQUESTED, 0)
    assert counter.sale(sale).overdue_at is not None
    counter.agree(sale)  # a person may, and the other one is void with it
    counter.settle()
    assert refunded(order) == 6_000
    codes = [use(counter, each).code for each in entitlements.of_order(order.id)]
    assert codes == ["entitlement_used", "entitlement_canceled"]


def test_what_was_used_can_not_be_sent_back(counter: Counter) -> None:
    order = buy(counter, ProductKind.VOUCHER, 1)
    use(counter, entitlements.of_order(order.id)[0]).ok()
    with counter.cloud.unchanged():
        for kind in ("return_and_refund", "exchange"):
            assert counter.try_apply(order, (0, 1), kind=kind).code == "pieces_not_there"


def test_codes_that_were_given_wait_for_a_person(counter: Counter) -> None:
    order = buy(counter, ProductKind.CODE)
    assert (order.fulfillment, order.status) == (Fulfillment.CODE, OrderStatus.COMPLETED)
    sale = counter.apply(order, (0, 1))
    counter.wait(hours=49)
    counter.settle()
    assert (counter.status(sale), refunded(order)) == (Status.REQUESTED, 0)
    with counter.cloud.unchanged():
        assert counter.try_apply(order, (0, 1), kind="return_and_refund").code == "pieces_not_there"
    before = counter.available()
    counter.agree(sale)
    counter.settle()
    assert (refunded(order), counter.available()) == (3_000, before)  # what was read is never sold again
