"""A buyer who comes again: what the first purchase was good for, stored value, coupons, points, a paid card.

:func:`furnish` is what staff set out; :class:`Loyalty` is what the buyer does with it. At the end every ledger adds up.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.demo import benefits
from infra.local.demo.benefits import Benefits
from infra.local.demo.browser import Browser, Unexpected, wait
from infra.local.demo.ordering import line_of, pay, place
from infra.local.demo.teller import Teller, yuan

Document = dict[str, Any]

LEVELS: list[Document] = [
    {"id": "basic", "name": "普通会员", "growth": 0},
    {"id": "silver", "name": "银卡会员", "growth": 200},
    {
        "id": "gold",
        "name": "金卡会员",
        "growth": 2000,
        "keep_growth": 1500,
        "benefits": {"priority_service": True},
    },
]
CHECK_IN: Document = {"enabled": True, "daily": {"points": 5}, "steps": [{"step": 7, "reward": {"points": 50}}]}
TOP_UP: Document = {
    "title": "充500送60",
    "amount": 50_000,
    "gift_amount": 6_000,
    "points": 2_000,
    "growth": 100,
    "active": True,
}
CARD: Document = {"title": "金卡月卡", "level": "gold", "amount": 2_900, "days": 30, "active": True}
COUPON = "满100减20"
ENOUGH = 100_000
"""Fen in the wallet; nobody tops up then."""


def furnish(staff: Browser, teller: Teller) -> None:
    """Levels, a top-up plan, a card, a coupon, check-in; nothing twice in a kept database."""
    ladder = staff.get("/admin/levels")
    if ladder["version"] == 0:
        staff.put("/admin/levels", {"ladder": {"levels": LEVELS}, "version": 0})
        staff.put("/admin/check-in-rules", {"rules": CHECK_IN, "version": 0})
        staff.post("/admin/wallet-plans", TOP_UP)
        staff.post("/admin/card-plans", CARD)
        coupon = staff.post("/admin/coupon-templates", _coupon())
        status = {"status": "active", "version": coupon["version"]}
        staff.post(f"/admin/coupon-templates/{coupon['id']}/status", status)
        benefits.furnish(staff, teller, coupon["id"])
    names = " → ".join(f"{each['name']} {each['growth']}" for each in staff.get("/admin/levels")["ladder"]["levels"])
    teller.fact("levels", names)
    teller.fact("loyalty", f"{TOP_UP['title']}, {CARD['title']} {yuan(CARD['amount'])}, {COUPON}, check-in")


def _coupon() -> Document:
    now = datetime.now(UTC)
    terms = {"kind": "cash", "off_amount": 2_000, "threshold_amount": 10_000, "valid_days": 30}
    window = {
        "claim_from": (now - timedelta(days=1)).isoformat(),
        "claim_until": (now + timedelta(days=365)).isoformat(),
    }
    return {"title": COUPON, "terms": terms, "total": 10_000, "per_member_limit": 100, **window}


@dataclass
class Loyalty:
    """The same buyer, some days later."""

    teller: Teller
    buyer: Browser
    wechat: Browser
    address_id: str

    def play(self, product: Document) -> None:
        """:raises Unexpected: something went otherwise, or a ledger does not add up."""
        self.level_up()
        self.check_in()
        self.top_up()
        self.buy_card()
        self.claim()
        Benefits(self.teller, self.buyer).play()
        order = self.buy(product)
        self.add_up(order)

    def level_up(self) -> None:
        """The completed order has brought growth."""
        wait(lambda: self._membership()["growth"] > 0, "the growth of the completed order")
        shown = self._membership()
        above = shown["next"]
        missing = f"; {above['missing']} more for {above['name']}" if above else ""
        self.teller.tell("level", f"the order brought {shown['growth']} growth → {shown['level']['name']}{missing}")

    def check_in(self) -> None:
        view = self.buyer.post("/me/check-in")
        given = view["given"] or {"points": 0}
        self.teller.tell("check in", f"day {view['streak']} in a row: +{given['points']} points")

    def top_up(self) -> None:
        before = self.buyer.get("/me/wallet")
        if before["balance"] >= ENOUGH:  # of earlier runs, when the database is kept
            self.teller.tell("wallet", f"{yuan(before['balance'])} are there")
            return
        (plan,) = self.buyer.get("/wallet/plans")["items"]
        begun = self.buyer.post("/me/wallet/top-ups", {"plan_id": plan["id"]}, key=secrets.token_hex(8))
        self.wechat.post("/control/pay", {"parameters": begun["parameters"]})
        wait(lambda: self.buyer.get("/me/wallet")["balance"] > before["balance"], "the top-up")
        wallet = self.buyer.get("/me/wallet")
        parts = f"principal {yuan(wallet['principal'])}, gift {yuan(wallet['gift'])}"
        self.teller.tell("top up", f"{plan['title']}: wallet {yuan(wallet['balance'])} ({parts})")
        wait(lambda: self.buyer.get("/me/points")["usable"] >= plan["points"], "the points of the top-up")
        self.teller.more(f"with it {plan['points']} points and {plan['growth']} growth")

    def buy_card(self) -> None:
        if self._membership()["card_ends_at"]:  # the same
            self.teller.tell("card", "one is running")
            return
        (plan,) = self.buyer.get("/card-plans")["items"]
        begun = self.buyer.post("/me/cards", {"plan_id": plan["id"]}, key=secrets.token_hex(8))
        self.wechat.post("/control/pay", {"parameters": begun["parameters"]})
        wait(lambda: self._membership()["level"]["id"] == plan["level"], "the card")
        shown = self._membership()
        self.teller.tell(
            "card",
            f"{plan['title']} {yuan(plan['amount'])} → {shown['level']['name']}, until {shown['card_ends_at'][:10]}",
        )

    def claim(self) -> None:
        offers = self.buyer.get("/coupon-templates")["items"]
        wanted = next(each for each in offers if each["title"] == COUPON)
        coupon = self.buyer.post(f"/coupon-templates/{wanted['id']}/claim", key=secrets.token_hex(8))
        self.teller.tell("coupon", f"{coupon['title']} claimed, good until {coupon['expires_at'][:10]}")

    def buy(self, product: Document, pieces: int = 1) -> Document:
        """Member price, coupon and points in one preview; paid by wallet and WeChat together."""
        line = line_of(self.buyer, product, pieces)
        asked = {"lines": [line], "address_id": self.address_id, "options": {"points": "max"}}
        preview = self.buyer.post("/checkout/preview", asked)
        self.teller.tell("preview", f"{product['name']} {yuan(preview['goods_amount'])}")
        for each in preview["adjustments"]:
            self.teller.more(f"{each['title']} {yuan(each['amount'])}")
        order = place(self.buyer, asked, preview)
        wallet = order["payable_amount"] // 2
        begun = pay(self.buyer, self.wechat, order, {"parts": [{"tender": "wallet", "amount": wallet}]})
        wait(lambda: self.buyer.get(f"/orders/{order['id']}")["status"] == "processing", "the order to be paid")
        paid = f"wallet {yuan(wallet)} + WeChat Pay {yuan(begun['channel_amount'])}"
        self.teller.tell("paid", f"{order['number']} {yuan(order['payable_amount'])} = {paid}")
        return order

    def add_up(self, order: Document) -> None:
        """Each statement sums to its balance."""
        wallet, points = self.buyer.get("/me/wallet"), self.buyer.get("/me/points")
        held = points["usable"] + points["frozen"] - points["owed"]
        sums = {
            "wallet": (self._sum("/me/wallet/entries", "amount"), wallet["balance"]),
            "points": (self._sum("/me/points/entries", "points"), held),
            "growth": (self._sum("/me/growth", "growth"), self._membership()["growth"]),
        }
        for name, (entries, balance) in sums.items():
            if entries != balance:
                raise Unexpected(f"{name}: the statement sums to {entries}, the balance is {balance}")
        told = f"wallet {yuan(wallet['balance'])}, points {held}, growth {sums['growth'][1]}"
        self.teller.tell("ledgers", f"every statement sums to its balance: {told}")
        newest = self.buyer.get("/me/wallet/entries")["items"]
        for entry in reversed(newest[:3]):
            of = f"principal {yuan(entry['principal'])}, gift {yuan(entry['gift'])}"
            self.teller.more(
                f"{entry['kind']:<10} {yuan(entry['amount']):>9}  ({of})  → {yuan(entry['balance_after'])}"
            )

    def _membership(self) -> Document:
        shown: Document = self.buyer.get("/me/membership")
        return shown

    def _sum(self, path: str, field: str) -> int:
        """Over all pages."""
        total, cursor, more = 0, None, True
        while more:
            page = self.buyer.get(path, limit=100, cursor=cursor)
            total += sum(entry[field] for entry in page["items"])
            cursor = page["cursor"]
            more = cursor is not None
        return total
