"""Friends who buy together, and the played WeChat Pay that takes their money."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from chalicelib.core import clock
from chalicelib.growth.campaigns.group_buy.models import Group, GroupCount, Seat
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.links.visits.models import MemberTouch, Touch
from chalicelib.trade.freight.models import FreightRule
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.models import Payment, all_of
from chalicelib.trade.payments.refunds.models import Refund
from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth, item
from tests.harness import Client, Reply
from tests.loyalty.factories import Counter
from tests.trade import factories

PLAY = "group_buy"
PRICE, TOGETHER = 12_000, 9000


@dataclass
class Friends:
    """Buyers by name; each orders, pays, leaves."""

    http: Client
    partners: Partners
    drain: Callable[..., Any]
    taps: int = 0
    known: dict[str, Counter] = field(default_factory=dict)

    def named(self, name: str) -> Counter:
        if name not in self.known:
            self.known[name] = Counter(self.http, factories.shopper(name))
        return self.known[name]

    def client(self, name: str) -> Client:
        return self.named(name).buyer

    def try_order(self, name: str, product: Product, group: str = "new", quantity: int = 1, **options: str) -> Reply:
        """At the price that the preview shows; a preview that is refused is the answer."""
        counter, line = self.named(name), factories.line(product, quantity)
        seen = counter.try_preview(line, group_buy=group, **options)
        if seen.status >= 400:
            return seen
        self.taps += 1
        payable = seen.json["payable_amount"]
        return counter.try_order(line, key=f"tap-{self.taps:05d}", payable=payable, group_buy=group, **options)

    def order(self, name: str, product: Product, group: str = "new", quantity: int = 1, **options: str) -> Any:
        return self.try_order(name, product, group, quantity, **options).ok()

    def pay(self, name: str, order: Any, *, deliver: bool = True) -> str:
        """In the payment sheet; the notice comes, and all that follows from it."""
        begun = self.client(name).post(f"/orders/{order['id']}/pay", json={}).ok()
        self.partners.wechat_pay.pay(parameters=begun["parameters"])
        if deliver:
            self.partners.wechat_pay.notices.deliver_due()
            self.drain()
        return str(begun["payment_id"])

    def start(self, name: str, product: Product, quantity: int = 1) -> str:
        """Started and paid: the group's id."""
        order = self.order(name, product, quantity=quantity)
        self.pay(name, order)
        return group_id(order)

    def join(self, name: str, product: Product, group: str, quantity: int = 1) -> Any:
        order = self.order(name, product, group, quantity)
        self.pay(name, order)
        return order

    def brought(self, name: str, campaign: Any, by: str) -> None:
        """*name* came through a link of *by* to the campaign."""
        sharer_id = self.named(by).shopper.id
        touch = Touch(code="share-1", sharer_id=sharer_id, campaign_id=campaign["id"], at=clock.now())
        MemberTouch(member_id=self.named(name).shopper.id, first=touch, last=touch).save()

    def cancel(self, name: str, order: Any) -> None:
        self.client(name).post(f"/orders/{order['id']}/cancel", json={}).ok()
        self.drain()

    def leave(self, name: str, group: str) -> Reply:
        return self.client(name).post(f"/groups/{group}/leave")

    def page(self, name: str, group: str) -> Any:
        return self.client(name).get(f"/groups/{group}").ok()

    def show(self, name: str, order: Any) -> Any:
        return self.client(name).get(f"/orders/{order['id']}").ok()

    def refunded(self, order: Any) -> int:
        """What WeChat Pay gave back of the order."""
        stored = order_of(order)
        return sum(
            each["amount"]["refund"]
            for payment in all_of(stored)
            for each in self.partners.wechat_pay.trade(payment.id)["refunds"]
        )


def run(
    booth: Booth, product: Product, *, freight: int = 0, terms: Any = None, goods: Any = None, **settings: Any
) -> Any:
    """A group buy that runs three days: 3 people, 90.00 yuan, a day for each group; and everything travels free."""
    FreightRule(id="mall", flat_amount=freight).save()
    of_base = ("per_member_max", "segment_id", "not_with", "lasts")
    more = {"lasts": 72, **{name: settings.pop(name) for name in of_base if name in settings}}
    line = item(product, TOGETHER, **(goods or {}), **({"terms": terms} if terms else {}))
    return booth.run(PLAY, line, settings={"sizes": [3], **settings}, **more)


def of_groups(numbers: Any) -> dict[str, int]:
    """What the campaign's numbers say of groups."""
    return {name: numbers[f"{name}_count"] for name in ("opened", "completed", "failed", "joined", "stranger")}


def group_id(order: Any) -> str:
    """What the order waits for."""
    (hold,) = order["holds"]
    return str(hold).removeprefix("group_buy:")


def group_of(group: str) -> Group:
    found = Group.find(group, consistent=True)
    assert found is not None
    return found


def counts(group: str) -> tuple[str, int, int]:
    found = group_of(group)
    return found.status.value, found.taken, found.paid


def seats_of(group: str) -> list[Seat]:
    return list(Seat.query(group, consistent_read=True))


def order_of(order: Any) -> Order:
    found = next(each for each in Order.scan(consistent_read=True) if each.id == order["id"])
    assert isinstance(found, Order)
    return found


def groups_of(campaign: Any, member_id: str) -> int:
    row = GroupCount.find(campaign["id"], member_id, consistent=True)
    return row.groups if row is not None else 0


def require_sound(campaign: Any, product: Product, whole: int) -> None:
    """Seats, money and pieces say the same, whatever happened."""
    seats: dict[str, list[Seat]] = {}
    for seat in Seat.scan(consistent_read=True):
        seats.setdefault(seat.group_id, []).append(seat)
    orders = {order.id: order for order in Order.scan(consistent_read=True)}
    for group in Group.scan(consistent_read=True):
        mine = seats[group.id]
        assert 0 <= group.paid <= group.taken <= group.capacity
        if group.status in ("pending", "open"):
            assert group.taken == sum(seat.status != "freed" for seat in mine)
            assert group.paid == sum(seat.status == "paid" for seat in mine)
        if group.status == "complete":
            assert group.paid + group.made_up >= group.least
            assert all(orders[seat.order_id].holds == [] for seat in mine if seat.status == "paid")
    for payment in Payment.scan(consistent_read=True):
        back = sum(each.amount for each in Refund.scan(consistent_read=True) if each.payment_id == payment.id)
        order = orders[payment.order_id]
        assert back == payment.refunded_amount
        if payment.status == "succeeded" and not payment.late:
            assert order.status != "pending_payment"
            kept = 0 if order.status == "canceled" else order.payable_amount
            assert payment.amount - back == kept
        elif payment.status == "succeeded":
            assert back == payment.amount
    held = sum(line.quantity for order in orders.values() if order.status != "canceled" for line in order.lines)
    assert factories.available(product) + held == whole
