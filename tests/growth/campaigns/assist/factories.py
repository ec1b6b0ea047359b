"""An assist, its owner, and friends with their phones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.growth.campaigns.assist.models import Assist, AssistHelp, AssistStatus, Helper
from chalicelib.growth.campaigns.base.friends.models import HelpCount
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.inventory.models import Stock
from tests.growth.campaigns.factories import Booth, item, left
from tests.harness import Client, Reply
from tests.loyalty.factories import Counter
from tests.trade import factories
from tests.trade.factories import Shopper

PLAY = "assist"
UNLOCKED, PRICE, HELPS, WHOLE = 100, 12_000, 3, 20


@dataclass
class Party:
    """A running campaign and the buyer who asks friends for help."""

    booth: Booth
    counter: Counter
    product: Product
    campaign: Any

    @property
    def http(self) -> Client:
        return self.counter.http

    @property
    def line(self) -> dict[str, Any]:
        return factories.line(self.product)

    def try_start(self, who: Counter | None = None, device: str = "") -> Reply:
        counter = who or self.counter
        body = {
            "campaign_id": self.campaign["id"],
            "product_id": self.product.id,
            "sku_id": self.product.skus[0].id,
            "device": device or device_of(counter.shopper),
        }
        return counter.buyer.post("/assists", json=body)

    def start(self, who: Counter | None = None) -> Any:
        return self.try_start(who).ok()

    def page(self, assist: Any, who: Client | None = None) -> Any:
        return (who or self.counter.buyer).get(f"/assists/{assist['id']}").ok()

    def try_help(self, assist: Any, friend: Shopper, device: str = "") -> Reply:
        body = {"device": device or device_of(friend)}
        return self.http.as_(friend.token).post(f"/assists/{assist['id']}/helps", json=body)

    def help(self, assist: Any, friend: Shopper) -> Any:
        return self.try_help(assist, friend).ok()

    def complete(self, assist: Any, name: str = "helper") -> None:
        """All friends come."""
        from tests.growth.campaigns.friends import new_friend

        for number in range(HELPS):
            self.help(assist, new_friend(f"{name}-{number}"))


def device_of(friend: Shopper) -> str:
    """The fingerprint of the friend's own phone."""
    return f"phone-{friend.id}"


def party(
    booth: Booth, counter: Counter, *, stock: int = 3, unit_amount: int = UNLOCKED, helps: int = HELPS, **settings: Any
) -> Party:
    quilt = factories.product(price=PRICE, stock=WHOLE)
    goods = item(quilt, unit_amount, terms={"helps": helps}, stock=stock)
    segment_id = settings.pop("segment_id", None)
    campaign = booth.run(PLAY, goods, lasts=72, settings=settings, segment_id=segment_id)
    return Party(booth, counter, quilt, campaign)


def stored(assist: Mapping[str, Any]) -> Assist:
    found = Assist.find(assist["id"], consistent=True)
    assert found is not None
    return found


def waiting(assist: Mapping[str, Any]) -> int:
    """Pieces under the assist's own key."""
    row = stored(assist)
    stock = Stock.find(*row.own_stock, consistent=True)
    return stock.available if stock is not None else 0


def counts() -> list[int]:
    """All counters of helping: one for each member and one for each device."""
    return sorted(each.used for each in HelpCount.scan(consistent_read=True))


def require_sound(assist: Mapping[str, Any]) -> Assist:
    """Rows and counters say the same; a piece waits exactly while it is unlocked."""
    row = stored(assist)
    helpers = list(Helper.query(row.id, consistent_read=True))
    assert [each.number for each in helpers] == [f"{n:04d}" for n in range(1, row.help_count + 1)]
    assert len({each.member_id for each in helpers}) == len(helpers) <= row.helps_total
    helps = [each for each in AssistHelp.scan(consistent_read=True) if each.assist_id == row.id]
    assert {each.member_id for each in helps} == {each.member_id for each in helpers}
    assert row.member_id not in {each.member_id for each in helpers}
    assert (row.status is AssistStatus.OPEN) == (row.help_count < row.helps_total)
    assert waiting(assist) == int(row.status is AssistStatus.UNLOCKED)
    return row


def require_conserved(shop: Party) -> None:
    """Pieces of product, campaign, assists and live orders sum to all there are."""
    from chalicelib.trade.orders.models import Order

    waits = sum(waiting({"id": each.id}) for each in Assist.scan(consistent_read=True))
    orders = [each for each in Order.scan(consistent_read=True) if each.status != "canceled"]
    held = sum(line.quantity for order in orders for line in order.lines)
    assert waits + held + left(shop.campaign, shop.product) + factories.available(shop.product) == WHOLE
