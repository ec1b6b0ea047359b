"""What members get beside prices: tasks, gifts, the points mall, a segment; and freight that hangs on the region."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.demo.browser import Browser
from infra.local.demo.teller import Teller

Document = dict[str, Any]

GIFTS: Document = {
    "birthday": {"silver": {"points": 100}, "gold": {"points": 300, "growth": 50}},
    "monthly": {"gold": {"points": 66, "text": "金卡会员每月 66 积分"}},
}
REGULARS: Document = {
    "title": "常来的人",
    "rule": {
        "any": [
            {"field": "order_count", "op": "at_least", "number": 2},
            {"field": "check_in_count", "op": "at_least", "number": 7},
        ]
    },
}
FREIGHT: Document = {
    "name": "大件（按重量，西藏不发货）",
    "charging": "weight",
    "default_rule": {"first_units": 1000, "first_amount": 1200, "further_units": 1000, "further_amount": 400},
    "rules": [
        {
            "regions": ["650000"],
            "first_units": 1000,
            "first_amount": 2500,
            "further_units": 1000,
            "further_amount": 1500,
        }
    ],
    "no_delivery": ["540000"],
}


def furnish(staff: Browser, teller: Teller, template_id: str) -> None:
    """Set it out. *template_id*: the coupon that points are exchanged for."""
    staff.put("/admin/gift-rules", {"rules": GIFTS, "version": 0})
    swap = {"kind": "coupon", "title": "500积分换满100减20", "template_id": template_id, "points": 500, "stock": 1000}
    staff.post("/admin/points-items", {**swap, "per_member_limit": 100, "active": True})
    for task in _tasks():
        made = staff.post("/admin/tasks", {"plan": task})
        staff.post(f"/admin/tasks/{made['id']}/status", {"status": "active", "version": made["version"]})
    segment = staff.post("/admin/segments", REGULARS)
    staff.post(f"/admin/segments/{segment['id']}/status", {"status": "active", "version": segment["version"]})
    staff.post("/admin/freight/templates", FREIGHT)
    titles = "、".join(task["title"] for task in _tasks())
    teller.fact("members", f"tasks {titles}; birthday and monthly gifts; {swap['title']}; segment {REGULARS['title']}")


def _tasks() -> list[Document]:
    now = datetime.now(UTC)
    window = {
        "starts_at": (now - timedelta(days=1)).isoformat(),
        "ends_at": (now + timedelta(days=365)).isoformat(),
    }
    return [
        {"title": "绑定手机号", "kind": "bind_phone", "reward": {"points": 20}, **window},
        {"title": "每周下单", "kind": "orders_count", "period": "weekly", "reward": {"points": 30}, **window},
    ]


class Benefits:
    """What the buyer takes of it."""

    def __init__(self, teller: Teller, buyer: Browser) -> None:
        self._teller, self._buyer = teller, buyer

    def play(self) -> None:
        """A task that was done long ago, the gift of the month, and a coupon for points."""
        tasks = self._buyer.get("/me/tasks")["items"]
        bound = next(each for each in tasks if each["kind"] == "bind_phone")
        self._buyer.post(f"/me/tasks/{bound['id']}/claim")
        self._teller.tell("task", f"{bound['title']}: +{bound['reward']['points']} points")
        gift = self._buyer.post("/me/gifts/monthly")
        self._teller.tell("gift", f"{gift['reward']['text']}: +{gift['reward']['points']} points")
        item = self._buyer.get("/points-mall/items")["items"][0]
        usable = self._buyer.get("/me/points")["usable"]
        if usable < item["points"]:  # spent in earlier runs, when the database is kept
            self._teller.tell("points mall", f"{item['title']}: {usable} points are there")
            return
        swapped = self._buyer.post(f"/points-mall/items/{item['id']}/exchange", key=secrets.token_hex(8))
        coupon = self._buyer.get(f"/me/coupons/{swapped['coupon_id']}")
        self._teller.tell("points mall", f"{item['title']} → {coupon['title']}, good until {coupon['expires_at'][:10]}")
