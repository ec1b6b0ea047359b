"""A member at the teller's window: tops up, pays, is refunded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.core import ids
from chalicelib.core.ledgers import insistently
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.wallet import service
from chalicelib.loyalty.wallet.models import MALL, Allowance, Plan, WalletEntry
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.purchases.models import DirectPurchase
from chalicelib.trade.payments.refunds import service as refunding
from infra.local.partners import Partners
from tests.harness import Client, Reply
from tests.trade.factories import Shopper, shopper
from tests.trade.payments.factories import payments, place


def plan(amount: int = 10_000, gift: int = 2_000, **more: Any) -> Plan:
    """A plan that is offered."""
    made = Plan(
        shop=MALL,
        id=ids.new("wpl"),
        title=f"充{amount}",
        **{"amount": amount, "gift_amount": gift, "active": True, "version": 1, **more},
    )
    made.save()
    return made


def fill(member_id: str, principal: int, gift: int = 0, cause: str = "fill") -> None:
    def post() -> None:
        with Transaction() as tx:
            service.credit(tx, member_id, "topped_up", cause, principal, gift)

    insistently(post)


def buckets(member_id: str) -> tuple[int, int]:
    """Principal and gift."""
    found = service.open_account(member_id).buckets
    return found.get("principal", 0), found.get("gift", 0)


def require_sound(member_id: str) -> None:
    """The balance is the sum of the statement, bucket by bucket, and nothing is below zero."""
    account, sums = service.open_account(member_id), dict[str, int]()
    found = sorted(WalletEntry.query(member_id, consistent_read=True), key=lambda each: each.sequence)
    for number, entry in enumerate(found, start=1):
        assert entry.sequence == f"{number:012d}"
        for name, change in entry.buckets.items():
            sums[name] = sums.get(name, 0) + change
        assert min(sums.values()) >= 0
        assert entry.balance_after == sum(sums.values())
    assert account.buckets == {name: left for name, left in sums.items() if left}
    assert account.balance == sum(sums.values())


def refund(order: Order, amount: int, purpose: str) -> None:
    (payment,) = payments(order)

    def file() -> None:
        with Transaction() as tx:
            refunding.file(tx, payment, purpose=purpose, reason="售后", amount=amount)

    insistently(file)


@dataclass
class Teller:
    """The member's phone, WeChat Pay and the mall."""

    http: Client
    partners: Partners
    shopper: Shopper

    @property
    def me(self) -> str:
        return self.shopper.id

    @property
    def buyer(self) -> Client:
        return self.http.as_(self.shopper.token)

    def another(self, name: str) -> Teller:
        return Teller(self.http, self.partners, shopper(name))

    def begin(self, plan_id: str, key: str = "top-up-0001") -> Reply:
        return self.buyer.post("/me/wallet/top-ups", json={"plan_id": plan_id}, key=key)

    def pay(self, view: Any, **how: Any) -> dict[str, Any]:
        return self.partners.wechat_pay.pay(parameters=view["parameters"], **how)

    def deliver(self) -> list[int]:
        self.partners.wechat_pay.notices.deliver_due()
        letters = self.partners.wechat_pay.books.notices.values()
        return [letter.attempts[-1].status for letter in letters if letter.attempts]

    def top_up(self, plan_id: str, key: str = "top-up-0001") -> Any:
        """Begun, paid, and heard of."""
        view = self.begin(plan_id, key).ok()
        self.pay(view)
        assert self.deliver()[-1] == 200
        return view

    def order(self, amount: int = 9900) -> Order:
        return place(amount=amount, member_id=self.me)

    def pay_order(self, order: Order, amount: int | None = None) -> Reply:
        body = {"parts": [{"tender": "wallet", "amount": amount}]}
        return self.buyer.post(f"/orders/{order.id}/pay", json=body)

    def calls(self, endpoint: str) -> int:
        return sum(1 for name, _ in self.partners.calls if name == endpoint)


def status(view: Any) -> str:
    found = DirectPurchase.find(view["id"], consistent=True)
    assert found is not None
    return str(found.status)


def allowance(member_id: str) -> tuple[int, int]:
    """Open, and of the day."""
    found = Allowance.find(member_id, consistent=True)
    return (found.open_amount, found.day_amount) if found else (0, 0)
