"""A presale, its buyers, and the played WeChat Pay that takes deposit and balance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.core import outbox
from chalicelib.growth.campaigns.presale.models import Deposit, held_owner
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.inventory.models import Stock, StockEntry
from chalicelib.trade.freight.models import FreightRule
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.models import all_of
from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth, item, left
from tests.growth.campaigns.stands import Running
from tests.harness import MovableClock, Reply
from tests.trade import factories

PLAY = "presale"
LIST, PRICE, DEPOSIT, COUNTS, WHOLE = 60_000, 50_000, 5000, 10_000, 20
FINAL = PRICE - COUNTS + DEPOSIT
"""What a piece costs in money."""
DEPOSITS_END, BALANCE_BEGINS, ENDS = timedelta(hours=2), timedelta(hours=3), timedelta(hours=6)
SHIPS = timedelta(days=40)


@dataclass
class Stand(Running):
    """A running presale, and buyers by name."""

    def try_begin(self, name: str = "ann", quantity: int = 1, key: str = "", **more: Any) -> Reply:
        named = {"campaign_id": self.campaign["id"], "product_id": self.product.id, "sku_id": self.sku_id}
        body = {**named, "quantity": quantity, **more}
        return self.client(name).post("/presale-deposits", json=body, key=key or self.key())

    def pay(self, view: Any) -> None:
        """In the payment sheet; the notice waits."""
        self.partners.wechat_pay.pay(parameters=view["parameters"])

    def deliver(self) -> None:
        self.partners.wechat_pay.notices.deliver_due()
        self.drain()

    def deposit(self, name: str = "ann", quantity: int = 1) -> Any:
        """Begun, paid, and heard of."""
        view = self.try_begin(name, quantity).ok()
        self.pay(view)
        self.deliver()
        return view

    def show(self, view: Any, name: str = "ann") -> Any:
        return self.client(name).get(f"/presale-deposits/{view['id']}").ok()

    def standing(self, view: Any, name: str = "ann") -> str:
        return str(self.show(view, name)["standing"])

    def preview(self, view: Any, name: str = "ann", quantity: int = 1, **options: str) -> Any:
        return self.named(name).preview(factories.line(self.product, quantity), presale=view["id"], **options)

    def try_order(self, view: Any, name: str = "ann", quantity: int = 1, **options: str) -> Reply:
        line = factories.line(self.product, quantity)
        return self.named(name).try_order(line, key=self.key(), presale=view["id"], **options)

    def order(self, view: Any, name: str = "ann", quantity: int = 1, **options: str) -> Any:
        return self.try_order(view, name, quantity, **options).ok()

    def pay_order(self, order: Any, name: str = "ann") -> Any:
        begun = self.client(name).post(f"/orders/{order['id']}/pay", json={}).ok()
        if begun["parameters"]:
            self.pay(begun)
        self.deliver()
        return begun

    def cancel(self, order: Any, name: str = "ann") -> None:
        self.named(name).cancel(order)
        self.drain()

    def wait(self, *, deliver: bool = True, **by: float) -> None:
        """Time passes from deadline to deadline; with ``deliver=False`` the sweep is down."""
        end = self.clock.at + timedelta(**by)
        self.drain()
        while deliver and (due := [at for at in map(due_at, outbox.OutboxItem.scan()) if at <= end]):
            self.clock.set(max(min(due), self.clock.at))
            outbox.send([each for each in outbox.OutboxItem.scan() if due_at(each) <= self.clock.at])
            self.drain(redeliver=True)
        self.clock.set(end)

    def until(self, since_begin: timedelta, **how: Any) -> None:
        self.wait(seconds=(self.began_at + since_begin - self.clock.at).total_seconds(), **how)

    def refunded(self, number: str) -> int:
        """What WeChat Pay gave back of a payment or deposit."""
        return sum(each["amount"]["refund"] for each in self.partners.wechat_pay.trade(number)["refunds"])

    def money(self, view: Any) -> tuple[int, int]:
        """What WeChat Pay has taken and given back, of the deposit and of its orders."""
        stored = deposit_of(view)
        orders = [each for each in factories.orders_of(stored.member_id) if each.advance is not None]
        mine = [each for each in orders if each.advance and each.advance.purchase_id == stored.id]
        numbers = [stored.id, *(payment.id for order in mine for payment in all_of(order))]
        known = self.partners.wechat_pay.books.trades
        trades = [self.partners.wechat_pay.trade(each) for each in numbers if each in known]
        paid = [each for each in trades if each["trade_state"] in ("SUCCESS", "REFUND")]
        taken = sum(each["amount"]["total"] for each in paid)
        return taken, sum(refund["amount"]["refund"] for each in paid for refund in each["refunds"])

    def held(self) -> int:
        stock = Stock.find(held_owner(self.campaign["id"]), self.sku_id, consistent=True)
        return stock.available if stock is not None else 0

    def require_conserved(self) -> None:
        """Pieces of product, campaign, deposits and live orders sum to all there are; each log to its number."""
        orders = [each for each in Order.scan(consistent_read=True) if each.status != "canceled"]
        taken = sum(line.quantity for order in orders for line in order.lines)
        assert self.held() + left(self.campaign, self.product) + factories.available(self.product) + taken == WHOLE
        for owner in (self.product.id, self.campaign["id"], held_owner(self.campaign["id"])):
            stock = Stock.find(owner, self.sku_id, consistent=True)
            log = sum(each.delta for each in StockEntry.query(f"{owner}/{self.sku_id}", consistent_read=True))
            assert log == (stock.available if stock is not None else 0)


def refused(reply: Reply, code: str, **details: Any) -> None:
    """It was refused so, with these details."""
    assert (reply.status >= 400, reply.code) == (True, code), reply.text
    assert {name: reply.json["details"].get(name) for name in details} == details


def due_at(item: outbox.OutboxItem) -> datetime:
    """When a waiting event is to be sent."""
    slot = datetime.fromisoformat(item.slot.partition("#")[0]).replace(tzinfo=UTC)
    return max(item.due_at, slot)


def dates(began_at: datetime, **more: Any) -> dict[str, Any]:
    """Settings of a presale with a deposit."""
    return {
        "deposit_until": (began_at + DEPOSITS_END).isoformat(),
        "balance_from": (began_at + BALANCE_BEGINS).isoformat(),
        "ship_by": (began_at + SHIPS).isoformat(),
        "remind_hours": 1,
        **more,
    }


def goods(product: Product, *, stock: int = 5, **terms: Any) -> dict[str, Any]:
    return item(product, PRICE, stock=stock, terms={"deposit_amount": DEPOSIT, "counts_amount": COUNTS, **terms})


def stand(
    booth: Booth, partners: Partners, clock: MovableClock, drain: Callable[..., Any], *, stock: int = 5, **more: Any
) -> Stand:
    """A presale of six hours, shipped in 40 days: two for deposits, the last three for balances."""
    FreightRule(id="mall", flat_amount=0).save()
    quilt = factories.product(price=LIST, stock=WHOLE)
    of_base = {name: more.pop(name) for name in ("per_member_max", "segment_id") if name in more}
    began_at = clock.at
    ship_by = began_at + more.pop("ships", SHIPS)
    settings = dates(began_at, ship_by=ship_by.isoformat(), **more)
    campaign = booth.run(PLAY, goods(quilt, stock=stock), lasts=ENDS / timedelta(hours=1), settings=settings, **of_base)
    return Stand(booth, partners, clock, drain, quilt, campaign, began_at)


def deposit_of(view: Any) -> Deposit:
    found = next(each for each in Deposit.scan(consistent_read=True) if each.id == view["id"])
    assert isinstance(found, Deposit)
    return found
