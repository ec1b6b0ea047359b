"""Orders that were really placed, paid and planned, and what becomes of them after the sale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import outbox
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.models import TEAM, Account, staff_id
from chalicelib.trade.after_sales.models import AfterSale, AfterSaleBook, Status
from chalicelib.trade.fulfillment.entitlements import service as entitlements
from chalicelib.trade.fulfillment.entitlements.models import Entitlement
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.orders.models import Fulfillment, Order, PickupPlace
from chalicelib.trade.payments.models import Payment
from chalicelib.trade.payments.refunds.models import Refund, RefundStatus
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.trade import factories
from tests.trade.factories import Shopper
from tests.trade.payments.factories import now_of, payments, refunds, staff_token

Do = Callable[..., Any]
RETURN_TO = {"name": "售后部", "phone": "021-60000000", "address": "上海市徐汇区漕溪北路 2 号"}
STAFF = (
    *("aftersales.read", "aftersales.write", "shipping.read", "shipping.write"),
    *("orders.read", "orders.write", "payments.read", "payments.write"),
)


def waybill(number: int = 1) -> dict[str, str]:
    return {"carrier": "sf", "tracking_number": f"SF{number:013d}"}


@dataclass
class Counter:
    """One shopper, the staff, WeChat Pay, and the messages between them."""

    http: Client
    cloud: Cloud
    clock: MovableClock
    partners: Partners
    drain: Do
    shopper: Shopper = field(default_factory=factories.shopper)
    products: list[Product] = field(default_factory=list)
    taps: int = 0

    @property
    def buyer(self) -> Client:
        return self.http.as_(self.shopper.token)

    @property
    def staff(self) -> Client:
        return self._clerk(*STAFF)

    @property
    def owner(self) -> Client:
        return self._clerk("aftersales.appeals")

    def __post_init__(self) -> None:
        self.hire()

    def begin_anew(self) -> None:
        """Everything is cleared away: another world, with the same names."""
        self.cloud.memory.clear()
        self.partners.reset()
        self.products.clear()
        self.shopper = factories.shopper()
        self.hire()

    def hire(self) -> None:
        for permissions in (STAFF, ("aftersales.appeals",)):
            staff_token(*permissions)

    def _clerk(self, *permissions: str) -> Client:
        """With a fresh token: they last a day."""
        account = Account.find(TEAM, staff_id("-".join(permissions)))
        assert account is not None
        return self.http.as_(Staff.token(account))

    # ---- an order

    def order(self, *lines: tuple[int, int], parts: list[dict[str, Any]] | None = None, **options: str) -> Order:
        """Price and pieces of each line; placed, paid, planned."""
        return self.pay(self.place(*lines, **options).id, parts)

    def fetched(self, *lines: tuple[int, int], parts: list[dict[str, Any]] | None = None) -> tuple[Order, Entitlement]:
        """An order that waits at a store."""
        order = self.place(*lines)
        to_be_fetched(order)
        order = self.pay(order.id, parts)
        (found,) = entitlements.of_order(order.id)
        return order, found

    def place(self, *lines: tuple[int, int], **options: str) -> Order:
        """Placed, of products that are made for it."""
        made = [factories.product(f"p{len(self.products) + n}", price=price) for n, (price, _) in enumerate(lines)]
        self.products += made
        return self.place_of(made, [pieces for _, pieces in lines], **options)

    def place_of(self, products: list[Product], pieces: list[int], **options: str) -> Order:
        """Placed, so many pieces of each."""
        wanted = [factories.line(each, count) for each, count in zip(products, pieces, strict=True)]
        asked = {"lines": wanted, "address_id": self.shopper.address_id, "options": options}
        payable = self.buyer.post("/checkout/preview", json=asked).ok()["payable_amount"]
        placed = self.buyer.post("/orders", json={**asked, "expected_payable_amount": payable}, key=self.tap()).ok()
        return next(each for each in factories.orders_of(self.shopper.id) if each.id == placed["id"])

    def pay(self, order_id: str, parts: list[dict[str, Any]] | None = None) -> Order:
        (order,) = [each for each in factories.orders_of(self.shopper.id) if each.id == order_id]
        if order.payable_amount:
            begun = self.buyer.post(f"/orders/{order_id}/pay", json={"parts": parts or []}).ok()
            if not begun["paid"]:
                self.partners.wechat_pay.pay(parameters=begun["parameters"])
                self.hear_wechat()
        self.drain()
        return now_of(order)

    def ship(self, order: Order, *pieces: tuple[int, int], number: int = 1) -> Reply:
        """Line and pieces; without any, all that may leave."""
        named = [{"sku_id": order.lines[line].sku_id, "quantity": count} for line, count in pieces]
        body = {**waybill(number), **({"lines": named} if named else {})}
        reply = self.staff.post(f"/admin/orders/{order.number}/parcels", json=body, key=self.tap())
        self.drain()
        return reply

    def shipped(self, *lines: tuple[int, int], **options: Any) -> Order:
        order = self.order(*lines, **options)
        self.ship(order, number=1000 + self.taps).ok()
        return now_of(order)

    def complete(self, order: Order) -> Order:
        self.buyer.post(f"/orders/{order.id}/confirm-receipt").ok()
        self.drain()
        return now_of(order)

    # ---- after the sale

    def try_apply(self, order: Order, *pieces: tuple[int, int], kind: str = "refund_only", **more: Any) -> Reply:
        """Line and pieces."""
        key = more.pop("key", None) or self.tap()
        client = more.pop("client", None) or self.buyer
        named = [{"line": line, "quantity": count} for line, count in pieces]
        body = {"kind": kind, "pieces": named, "reason": "not_wanted", **more}
        return client.post(f"/orders/{order.id}/after-sales", json=body, key=key)

    def apply(self, order: Order, *pieces: tuple[int, int], **more: Any) -> Any:
        return self.try_apply(order, *pieces, **more).ok()

    def quote(self, order: Order, *pieces: tuple[int, int], kind: str = "refund_only") -> Any:
        named = [{"line": line, "quantity": count} for line, count in pieces]
        return self.buyer.post(f"/orders/{order.id}/after-sale-quote", json={"kind": kind, "pieces": named}).ok()

    def decide(self, sale: Any, step: str, **body: Any) -> Reply:
        """Staff's step."""
        return self.staff.post(f"/admin/after-sales/{sale['number']}/{step}", json=body)

    def agree(self, sale: Any, **body: Any) -> Any:
        return self.decide(sale, "agree", **body).ok()

    def say(self, sale: Any, step: str, **body: Any) -> Reply:
        """The buyer's step."""
        return self.buyer.post(f"/after-sales/{sale['id']}/{step}", json=body)

    def returned(self, order: Order, *pieces: tuple[int, int], **more: Any) -> Any:
        """Asked for, agreed, sent back."""
        sale = self.apply(order, *pieces, **{"kind": "return_and_refund", **more})
        self.agree(sale, return_to=RETURN_TO)
        return self.say(sale, "send-back", **waybill(7000 + self.taps)).ok()

    def refund(self, order: Order, *pieces: tuple[int, int], key: str | None = None, **more: Any) -> Reply:
        """By staff, without being asked."""
        named = [{"line": line, "quantity": count} for line, count in pieces]
        body = {"pieces": named, "note": "缺货", **more}
        return self.staff.post(f"/admin/orders/{order.number}/refunds", json=body, key=key or self.tap())

    def settle(self) -> None:
        """Messages, refunds at WeChat, its notices."""
        self.drain()
        self.hear_wechat()
        self.drain()

    def wait(self, *, twice: bool = False, **time: float) -> None:
        """Time passes: ``wait(days=7)``. The minutes in which nothing is due are passed over."""
        end = self.clock.at + timedelta(**time)
        while (due := self._next_due()) is not None and due <= end:
            self.clock.set(max(self.clock.at, due + timedelta(minutes=1)))
            for shard in range(outbox.SHARDS):
                outbox.Watermark(id=f"outbox#{shard}", swept_to=due).save()
            outbox.sweep()
            self.drain(twice=twice)
        self.clock.set(max(end, self.clock.at))

    def _next_due(self) -> datetime | None:
        slots = [item["slot"]["S"].partition("#")[0] for item in self.cloud.items("outbox")]
        return datetime.fromisoformat(min(slots) + ":00+00:00") if slots else None

    def hear_wechat(self) -> None:
        self.partners.wechat_pay.notices.deliver_due()

    def tap(self) -> str:
        self.taps += 1
        return f"tap-{self.taps:06d}"

    # ---- what is stored

    def sale(self, sale: Any) -> AfterSale:
        found = AfterSale.find(self.shopper.id, sale["id"], consistent=True)
        assert found is not None
        return found

    def status(self, sale: Any) -> Status:
        return self.sale(sale).status

    @property
    def trades(self) -> list[dict[str, Any]]:
        channel = self.partners.wechat_pay
        return [channel.trade(each.out_trade_no) for each in channel.trades()]

    def back_by_wechat(self) -> int:
        return sum(each["amount"]["refund"] for trade in self.trades for each in trade["refunds"])

    def available(self, index: int = 0) -> int:
        return factories.available(self.products[index])


def to_be_fetched(order: Order) -> None:
    """It goes by no parcel: its buyer comes to a store."""
    place = PickupPlace(store_id="sto_near", name="徐家汇店", phone="021-62000000")
    order.update([Order.fulfillment.set(Fulfillment.PICKUP), Order.place.set(place)])


def payment(order: Order) -> Payment:
    (found,) = [each for each in payments(order) if each.id == order.payment_id]
    return found


def refunded(order: Order) -> int:
    """Fen that went back, all of it there."""
    found: list[Refund] = refunds(order)
    assert all(each.status is RefundStatus.SUCCEEDED for each in found), [each.status for each in found]
    return sum(each.amount for each in found)


def book(order: Order) -> dict[str, int]:
    """The pieces that are being asked for."""
    found = AfterSaleBook.find(order.id, consistent=True)
    return found.claimed if found is not None else {}


def pieces_of(order: Order) -> list[tuple[int, int, int]]:
    """Shipped, held, withdrawn pieces of each line."""
    (shipment,) = shipments.of_order(order.id)
    return [(line.shipped_quantity, line.held_quantity, line.withdrawn_quantity) for line in shipment.lines]
