"""A bargain, its owner, and friends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.growth.campaigns.bargain.models import Bargain, BargainHelp, Cut
from chalicelib.growth.campaigns.base.friends.models import HelpCount
from chalicelib.mall.catalog.products.models import Product
from tests.growth.campaigns.factories import Booth, item
from tests.growth.campaigns.friends import old_friend
from tests.harness import Client, Reply
from tests.loyalty.factories import Counter
from tests.trade import factories
from tests.trade.factories import Shopper

PLAY = "bargain"
FLOOR, PRICE, CUTS = 9_900, 12_000, 4


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

    def try_start(self, who: Counter | None = None, index: int = 0) -> Reply:
        body = {
            "campaign_id": self.campaign["id"],
            "product_id": self.product.id,
            "sku_id": self.product.skus[index].id,
        }
        return (who or self.counter).buyer.post("/bargains", json=body)

    def start(self, who: Counter | None = None, index: int = 0) -> Any:
        return self.try_start(who, index).ok()

    def page(self, bargain: Any, who: Client | None = None) -> Any:
        return (who or self.counter.buyer).get(f"/bargains/{bargain['id']}").ok()

    def try_cut(self, bargain: Any, friend: Shopper) -> Reply:
        return self.http.as_(friend.token).post(f"/bargains/{bargain['id']}/cuts")

    def cut(self, bargain: Any, friend: Shopper) -> Any:
        return self.try_cut(bargain, friend).ok()

    def finish(self, bargain: Any) -> None:
        """Friends make all cuts that are left."""
        for number in range(self.page(bargain)["cuts_total"] - self.page(bargain)["cut_count"]):
            self.cut(bargain, old_friend(f"finisher-{number}"))

    @property
    def line(self) -> dict[str, Any]:
        return factories.line(self.product)


def party(booth: Booth, counter: Counter, *, own_stock: int | None = None, **settings: Any) -> Party:
    quilt = factories.product(price=PRICE, stock=20, values=("白", "灰"))
    goods = [item(quilt, FLOOR, index, terms={"cuts": CUTS}, stock=own_stock) for index in (0, 1)]
    campaign = booth.run(PLAY, *goods, lasts=48, settings=settings)
    return Party(booth, counter, quilt, campaign)


def stored(bargain: Mapping[str, Any]) -> Bargain:
    found = Bargain.find(bargain["id"], consistent=True)
    assert found is not None
    return found


def cuts_of(bargain: Mapping[str, Any]) -> list[Cut]:
    return list(Cut.query(bargain["id"], consistent_read=True))


def require_sound(bargain: Mapping[str, Any]) -> Bargain:
    """Rows and sums say the same; never below the floor; nobody twice."""
    row, cuts = stored(bargain), cuts_of(bargain)
    assert sum(each.amount for each in cuts) == row.cut_amount
    assert [each.number for each in cuts] == [f"{n:04d}" for n in range(1, row.cut_count + 1)]
    assert all(each.amount >= 1 for each in cuts)
    assert row.price_amount >= row.floor_amount + row.cuts_left
    assert (row.price_amount == row.floor_amount) == (row.cuts_left == 0)
    helpers = [each.member_id for each in cuts]
    assert len(set(helpers)) == len(helpers)
    helps = [each for each in BargainHelp.scan(consistent_read=True) if each.bargain_id == row.id]
    assert {each.member_id: each.amount for each in helps} == {
        each.member_id: each.amount for each in cuts if each.member_id != row.member_id
    }
    return row


def counted(friend: Shopper) -> int:
    """Cuts that the friend's counters know."""
    rows = HelpCount.scan(consistent_read=True)
    return sum(each.used for each in rows if each.id.startswith(f"{friend.id}#"))
