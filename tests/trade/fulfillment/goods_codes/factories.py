"""Codes in a pool, and orders of them."""

from __future__ import annotations

from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product, ProductKind
from chalicelib.trade.fulfillment.goods_codes.models import GoodsCode
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.events import OrderReady
from chalicelib.trade.orders.models import Fulfillment, Order
from tests.harness import Client, Reply
from tests.trade import factories as shop
from tests.trade.fulfillment.entitlements.factories import pay_by_row, pickup
from tests.trade.payments.factories import buyer_token, now_of

CONTACT = {"name": "王小明", "phone": "13800001234"}


def upload(desk: Client, card: Product, *codes: str) -> Reply:
    body = {"sku_id": card.skus[0].id, "secret_codes": list(codes)}
    return desk.post(f"/admin/products/{card.id}/codes", json=body)


def ordered(card: Product, quantity: int = 1) -> Order:
    """A paid order of codes, whose message waits."""
    order = pickup((card.skus[0].id, quantity, 1000 * quantity))
    order.fulfillment, order.place = Fulfillment.CODE, None
    order.lines = [line.model_copy(update={"kind": ProductKind.CODE}) for line in order.lines]
    pay_by_row(order)
    with Transaction() as tx:
        tx.emit(OrderReady(member_id=order.member_id, order_id=order.id))
    return now_of(order)


def codes_of(http: Client, order: Order) -> list[str]:
    shown = http.as_(buyer_token(order.member_id)).get(f"/orders/{order.id}/codes").ok()
    return [each["code"] for each in shown["items"]]


def ask(http: Client, card: Product, quantity: int = 1, who: str = "one") -> tuple[shop.Shopper, Reply]:
    """Somebody orders codes at the counter of the mall."""
    shopper = shop.shopper(who)
    body = {"lines": [shop.line(card, quantity)], "fulfillment": "code", "contact": CONTACT}
    body["expected_payable_amount"] = 5000 * quantity
    return shopper, http.as_(shopper.token).post("/orders", json=body, key=f"tap-{who}-{quantity}")


def bought(http: Client, card: Product, quantity: int = 1, who: str = "one") -> Order:
    """An order of codes that is paid, whose message waits."""
    shopper, reply = ask(http, card, quantity, who)
    order = orders.load(shopper.id, reply.ok()["id"])
    pay_by_row(order)
    with Transaction() as tx:
        tx.emit(OrderReady(member_id=order.member_id, order_id=order.id))
    return now_of(order)


def free(card: Product) -> int:
    """Codes in the pool."""
    return sum(1 for each in GoodsCode.query(card.skus[0].id, consistent_read=True) if each.free_sku_id)
