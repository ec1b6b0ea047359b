"""The staff's desk of campaigns, and what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.growth.campaigns.base.models import Board, Campaign, CampaignDay, Tally
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.inventory.models import Stock, StockEntry
from chalicelib.trade.orders.models import Order
from tests.harness import Client, Reply
from tests.trade import factories


def item(product: Product, amount: int | None = None, index: int = 0, **more: Any) -> dict[str, Any]:
    """A SKU of a campaign."""
    found = {"product_id": product.id, "sku_id": product.skus[index].id, "unit_amount": amount, **more}
    return {name: value for name, value in found.items() if value is not None}


def fields(play: str, *items: dict[str, Any], begins: float = 0, lasts: float = 24, **more: Any) -> dict[str, Any]:
    """A campaign from *begins* hours on, for *lasts* hours."""
    starts_at = clock.now() + timedelta(hours=begins)
    window = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(hours=lasts)).isoformat()}
    return {"play": play, "title": "活动", "items": list(items), **window, **more}


@dataclass
class Booth:
    """Staff with a campaign in hand."""

    http: Client
    token: str = ""
    logged_in_at: datetime | None = None

    @property
    def staff(self) -> Client:
        """Logged in; anew when the token has become old."""
        now, since = clock.now(), self.logged_in_at
        if since is None or not since <= now < since + timedelta(hours=4):
            self.logged_in_at, self.token = now, factories.staff_token("campaigns.read", "campaigns.write")
        return self.http.as_(self.token)

    def draft(self, play: str, *items: dict[str, Any], **more: Any) -> Any:
        return self.try_draft(play, *items, **more).ok()

    def try_draft(self, play: str, *items: dict[str, Any], **more: Any) -> Reply:
        return self.staff.post("/admin/campaigns", json=fields(play, *items, **more))

    def run(self, play: str, *items: dict[str, Any], **more: Any) -> Any:
        """Drafted and scheduled; it runs when its window has begun."""
        return self.step(self.draft(play, *items, **more), "schedule")

    def step(self, campaign: Any, step: str) -> Any:
        return self.try_step(campaign, step).ok()

    def try_step(self, campaign: Any, step: str, version: int | None = None) -> Reply:
        body = {"step": step, "version": version or self.show(campaign)["version"]}
        return self.staff.post(f"/admin/campaigns/{campaign['id']}/steps", json=body)

    def show(self, campaign: Any) -> Any:
        return self.staff.get(f"/admin/campaigns/{campaign['id']}").ok()

    def numbers(self, campaign: Any) -> Any:
        return self.staff.get(f"/admin/campaigns/{campaign['id']}/statistics").ok()


def left(campaign: Any, product: Product, index: int = 0) -> int:
    """Pieces in the campaign's own stock."""
    stock = Stock.find(campaign["id"], product.skus[index].id, consistent=True)
    return stock.available if stock is not None else 0


def require_conserved(campaign: Any, product: Product, whole: int, index: int = 0) -> None:
    """Pieces of product, campaign and orders that hold some sum to *whole*; each log sums to its number."""
    sku_id = product.skus[index].id
    held = sum(
        line.quantity
        for order in Order.scan(consistent_read=True)
        if order.status != "canceled"
        for line in order.lines
        if line.sku_id == sku_id
    )
    assert left(campaign, product, index) + factories.available(product, index) + held == whole
    for owner in (product.id, campaign["id"]):
        log = StockEntry.query(f"{owner}/{sku_id}", consistent_read=True)
        stock = Stock.find(owner, sku_id, consistent=True)
        assert sum(each.delta for each in log) == (stock.available if stock is not None else 0)


def posted(campaign: Any) -> list[str]:
    """The places whose boards show the campaign."""
    return sorted(each.place for each in Board.scan(consistent_read=True) if campaign["id"] in each.entries)


def halted() -> set[str]:
    board = Board.find("*", consistent=True)
    return (board.halted or set()) if board is not None else set()


def had(member_id: str, campaign: Any) -> dict[str, int]:
    """What the member's tally says."""
    tally = Tally.find(member_id, consistent=True)
    entry = tally.entries.get(campaign["id"]) if tally is not None else None
    return entry.skus if entry is not None else {}


def stored(campaign: Any) -> Campaign:
    return campaign_of(campaign["id"], consistent=True)


def put_into(member_id: str, *segments: str) -> None:
    """The member's noticeboard says so."""
    member = Member.find(member_id, consistent=True)
    assert member is not None
    member.notices = {"segments": list(segments)}
    member.save()


def day_ids(campaign: Any) -> list[str]:
    return sorted(each.id for each in CampaignDay.query(campaign["id"]))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def change_pieces(booth: Booth, campaign: Any, delta: int, key: str = "pieces-01", **body: Any) -> Reply:
    """Staff change what the campaign has for itself. Without ``version``: as it is now."""
    version = body.pop("version", None) or booth.show(campaign)["version"]
    path = f"/admin/campaigns/{campaign['id']}/pieces"
    return booth.staff.post(path, json={"delta": delta, "version": version, **body}, key=key)
