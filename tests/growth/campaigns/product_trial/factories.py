"""A trial, those who want to try, and the played WeChat Pay that takes deposits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.core import outbox
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.product_trial.models import Application, held_owner
from chalicelib.mall.inventory.models import Stock
from chalicelib.trade.freight.models import FreightRule
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order, OrderStatus
from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth, item, left
from tests.growth.campaigns.stands import Running
from tests.harness import MovableClock, Reply
from tests.trade import factories

PLAY = "product_trial"
DEPOSIT, WHOLE = 1000, 20
APPLY, ENDS = timedelta(hours=24), timedelta(hours=96)
QUESTIONS = [
    {"id": "skin", "text": "肤质", "options": [{"text": "干性", "points": 10}, {"text": "油性", "points": 5}]},
    {"id": "why", "text": "为什么想试", "required": False},
]


@dataclass
class Trial(Running):
    """A running trial, and members by name."""

    @property
    def path(self) -> str:
        return f"/campaigns/{self.campaign['id']}/trial"

    def try_apply(self, name: str = "ann", skin: str | None = "干性", **answers: str) -> Reply:
        said = {**({"skin": skin} if skin else {}), **answers}
        body = {"product_id": self.product.id, "sku_id": self.sku_id, "answers": said}
        return self.client(name).post(self.path, json=body)

    def apply(self, *names: str, skin: str = "干性") -> None:
        for name in names:
            self.try_apply(name, skin).ok()

    def pick(self, *names: str) -> list[str]:
        body = {"member_ids": [self.member(name) for name in names]}
        found = self.booth.staff.post(f"/admin/campaigns/{self.campaign['id']}/trial-picks", json=body).ok()
        return [each["result"] for each in found["items"]]

    def show(self, name: str = "ann") -> Any:
        return self.client(name).get(self.path).ok()

    def status(self, name: str = "ann") -> str:
        return str(self.show(name)["status"])

    def pay(self, name: str = "ann") -> str:
        """The deposit, begun, paid and heard of; its number."""
        page = self.client(name).post(f"{self.path}/deposit", key=self.key()).ok()
        self.partners.wechat_pay.pay(parameters=page["parameters"])
        self.deliver()
        return self.row(name).deposit_id or ""

    def deliver(self) -> None:
        self.partners.wechat_pay.notices.deliver_due()
        self.drain()

    def preview(self, name: str = "ann", quantity: int = 1) -> Any:
        line = factories.line(self.product, quantity)
        return self.named(name).preview(line, **{PLAY: self.campaign["id"]})

    def order(self, name: str = "ann") -> Any:
        line = factories.line(self.product)
        placed = self.named(name).order(line, key=self.key(), **{PLAY: self.campaign["id"]})
        self.drain()
        return placed

    def receive(self, name: str = "ann") -> None:
        """The goods have come."""
        (order,) = (each for each in factories.orders_of(self.member(name)) if each.status != "canceled")
        order.status, order.shipped_at = OrderStatus.SHIPPED, self.clock.at
        order.save()
        with Transaction() as tx:
            orders.complete(tx, order, by="buyer")

    def try_report(self, name: str = "ann", text: str = "用了两周，很柔软，不掉色。", **more: Any) -> Reply:
        return self.client(name).post(f"{self.path}/report", json={"text": text, "stars": 5, **more})

    def try_review(self, name: str = "ann", accepted: bool = True, score: int = 90) -> Reply:
        body = {"member_id": self.member(name), "accepted": accepted, "score": score}
        return self.booth.staff.post(f"/admin/campaigns/{self.campaign['id']}/trial-reviews", json=body)

    def wait(self, *, deliver: bool = True, **by: float) -> None:
        """Time passes from deadline to deadline; with ``deliver=False`` the sweep is down."""
        end = self.clock.at + timedelta(**by)
        self.drain()
        while deliver and (due := [at for at in map(_due_at, outbox.OutboxItem.scan()) if at <= end]):
            self.clock.set(max(min(due), self.clock.at))
            outbox.send([each for each in outbox.OutboxItem.scan() if _due_at(each) <= self.clock.at])
            self.drain(redeliver=True)
        self.clock.set(end)

    def row(self, name: str = "ann") -> Application:
        found = Application.find(self.campaign["id"], self.member(name), consistent=True)
        assert found is not None
        return found

    def refunded(self, number: str) -> int:
        return sum(each["amount"]["refund"] for each in self.partners.wechat_pay.trade(number)["refunds"])

    def held(self) -> int:
        stock = Stock.find(held_owner(self.campaign["id"]), self.sku_id, consistent=True)
        return stock.available if stock is not None else 0

    def require_conserved(self) -> None:
        alive = [each for each in Order.scan(consistent_read=True) if each.status != "canceled"]
        taken = sum(line.quantity for order in alive for line in order.lines)
        assert self.held() + left(self.campaign, self.product) + factories.available(self.product) + taken == WHOLE


def _due_at(found: outbox.OutboxItem) -> datetime:
    slot = datetime.fromisoformat(found.slot.partition("#")[0]).replace(tzinfo=UTC)
    return max(found.due_at, slot)


def refused(reply: Reply, code: str, **details: Any) -> None:
    """It was refused so, with these details."""
    assert (reply.status >= 400, reply.code) == (True, code), reply.text
    assert {name: reply.json["details"].get(name) for name in details} == details


def rules(began_at: datetime, **more: Any) -> dict[str, Any]:
    return {"questions": QUESTIONS, "apply_until": (began_at + APPLY).isoformat(), "order_hours": 24, **more}


def trial(
    booth: Booth, partners: Partners, clock: MovableClock, drain: Callable[..., Any], *, stock: int = 2, **more: Any
) -> Trial:
    """A day to apply, a day to order; everything travels free."""
    FreightRule(id="mall", flat_amount=0).save()
    quilt = factories.product(price=12_000, stock=WHOLE)
    began_at = clock.at
    of_base = {name: more.pop(name) for name in ("segment_id",) if name in more}
    line = item(quilt, 0, stock=stock)
    hours = ENDS / timedelta(hours=1)
    campaign = booth.run(PLAY, line, lasts=hours, settings=rules(began_at, **more), **of_base)
    return Trial(booth, partners, clock, drain, quilt, campaign, began_at)
