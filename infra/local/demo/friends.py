"""Campaigns in which friends help: a price that they cut, and a gift that they unlock. Both run from the beginning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.demo.browser import Browser
from infra.local.demo.teller import Teller, yuan

Document = dict[str, Any]
CUTS, HELPS, PIECES = 8, 3, 5


def furnish(staff: Browser, teller: Teller) -> None:
    """A bargain for half the price and an assist for nothing; nothing twice in a kept database."""
    running = {each["play"] for each in staff.get("/admin/campaigns", phase="live", limit=100)["items"]}
    listed = staff.get("/admin/products", status="listed", limit=2)["items"]
    products = [staff.get(f"/admin/products/{each['id']}") for each in listed]
    goods = [(product["id"], product["skus"][0]) for product in products]
    (cut_id, cut), (gift_id, gift) = goods
    wanted = [
        _bargain(_item(cut_id, cut, cut["price_amount"] // 2, {"cuts": CUTS})),
        _assist(_item(gift_id, gift, 0, {"helps": HELPS}, stock=PIECES)),
    ]
    for each in wanted:
        if each["play"] not in running:
            campaign = staff.post("/admin/campaigns", each)
            step = {"step": "schedule", "version": campaign["version"], "allow_below_cost": True}
            staff.post(f"/admin/campaigns/{campaign['id']}/steps", step)
    teller.fact("friends", f"{CUTS} cuts to {yuan(cut['price_amount'] // 2)}; {HELPS} helpers for {PIECES} gifts")


def _bargain(item: Document) -> Document:
    settings = {"hours": 24, "newcomer_bps": 20_000}
    return {"play": "bargain", "title": "砍到半价", "settings": settings, "items": [item], **_window()}


def _assist(item: Document) -> Document:
    return {"play": "assist", "title": "助力免费拿", "settings": {"helpers": "new"}, "items": [item], **_window()}


def _item(product_id: str, sku: Document, amount: int, terms: Document, **more: Any) -> Document:
    return {"product_id": product_id, "sku_id": sku["id"], "unit_amount": amount, "terms": terms, **more}


def _window() -> Document:
    # The laptop's clock may be half an hour behind.
    begins = datetime.now(UTC) - timedelta(hours=1)
    return {"starts_at": begins.isoformat(), "ends_at": (begins + timedelta(days=30)).isoformat()}
