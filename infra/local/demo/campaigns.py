"""One running campaign of each kind (those in which friends help: :mod:`friends`), and a look at them in the story."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.demo.browser import Browser, Unexpected
from infra.local.demo.groups import REBATE, TOGETHER
from infra.local.demo.teller import Teller, yuan

Document = dict[str, Any]

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAYS = 30
PIECES = 20
SPEND, SAVE = 30_000, 4_000
GIFT_FROM, FREE_FROM = 19_900, 9_900


def furnish(staff: Browser, teller: Teller) -> None:
    """Each play on goods of their own; nothing twice in a kept database."""
    live = staff.get("/admin/campaigns", phase="live", limit=100)["items"]
    running = {each["play"] for each in live}
    desk = Desk(staff)
    made = [each for each in desk.campaigns() if each["play"] not in running]
    for each in made:
        if each["play"] == "new_arrival":
            desk.list_from(each["items"][0]["product_id"], each["starts_at"])
        desk.run(each)
    count = len(staff.get("/admin/campaigns", phase="live", limit=100)["items"])
    teller.fact("campaigns", f"{count} run, one of each kind")


class Desk:
    """Staff who set out campaigns."""

    def __init__(self, staff: Browser) -> None:
        self.staff = staff
        listed = staff.get("/admin/products", status="listed", limit=100)["items"]
        self._ids = {each["code"]: each["id"] for each in listed}
        # The laptop's clock may be half an hour behind.
        self.begins = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=1)
        self.window = {
            "starts_at": self.begins.isoformat(),
            "ends_at": (self.begins + timedelta(days=DAYS)).isoformat(),
        }

    def campaigns(self) -> list[Document]:
        """What each play is tried on."""
        today = self.begins.astimezone(SHANGHAI)
        pots = [self._ids[code] for code in ("ISL-POT-02", "ISL-CUT-01")]
        return [
            self._one("limited_discount", "周末8折", self._items("ISL-UMB-01"), off_bps=2_000),
            self._one("first_purchase", "新人首单价", self._items("ISL-TEA-01", off_bps=4_000)),
            self._one("flash_sale", "整点秒杀", self._flash(today), sessions=self._sessions(today)),
            self._one(
                "group_buy",
                TOGETHER,
                self._items("ISL-TWL-01", off_bps=2_000)[:1],
                sizes=[2],
                leader_rebate_amount=REBATE,
            ),
            self._one("new_arrival", "香薰新品首发", self._items("ISL-LGT-02", off_bps=1_000), show_prices=True),
            self._one("presale", "阅读台灯预售", self._presale("ISL-LGT-01"), **self._presale_days()),
            self._one(
                "product_trial", "帆布包体验官", self._items("ISL-BAG-01", stock=3, unit_amount=0)[:1], **self._trial()
            ),
            self._one("n_for_price", "马克杯第2件半价", self._items("ISL-CUP-01"), pieces=2, nth_off_bps=5_000),
            self._one(
                "spend_and_save",
                "锅具满300减40",
                [],
                scope={"product_ids": pots},
                tiers=[{"threshold_amount": SPEND, "off_amount": SAVE}],
            ),
            self._one("gift_with_purchase", "满199送坚果", self._gift(), threshold_amount=GIFT_FROM),
            self._one("free_shipping_over", "满99包邮", [], threshold_amount=FREE_FROM),
            self._one("member_day", "会员日双倍积分", [], weekdays=[today.isoweekday()], points_bps=20_000),
            self._one("lucky_draw", "幸运大转盘", self._won(), **self._wheel()),
        ]

    def run(self, campaign: Document) -> None:
        draft = self.staff.post("/admin/campaigns", campaign)
        step = {"step": "schedule", "version": draft["version"], "allow_below_cost": True}
        self.staff.post(f"/admin/campaigns/{draft['id']}/steps", step)

    def list_from(self, product_id: str, moment: str) -> None:
        """By its own schedule the product is on sale from that moment on."""
        version = self.staff.get(f"/admin/products/{product_id}")["version"]
        body = {"list_at": moment, "unlist_at": None, "version": version}
        self.staff.put(f"/admin/products/{product_id}/schedule", body)

    def _one(self, play: str, title: str, items: list[Document], **settings: Any) -> Document:
        return {"play": play, "title": title, "items": items, "settings": settings, **self.window}

    def _items(self, code: str, off_bps: int = 0, **more: Any) -> list[Document]:
        """Every SKU of the product; at its price less the rate, if there is one."""
        product = self.staff.get(f"/admin/products/{self._ids[code]}")
        return [
            {
                "product_id": product["id"],
                "sku_id": sku["id"],
                **({"unit_amount": sku["price_amount"] * (10_000 - off_bps) // 10_000} if off_bps else {}),
                **more,
            }
            for sku in product["skus"]
        ]

    def _sessions(self, today: datetime) -> list[Document]:
        """One that runs, and the same time tomorrow, to be reminded of."""
        time = f"{today:%H:%M}"
        return [{"day": f"{day:%Y-%m-%d}", "time": time, "minutes": 600} for day in (today, today + timedelta(days=1))]

    def _flash(self, today: datetime) -> list[Document]:
        ids = [f"{day:%Y%m%d%H%M}" for day in (today, today + timedelta(days=1))]
        terms = {"sessions": [{"session": each, "pieces": PIECES} for each in ids]}
        return self._items("ISL-TWL-02", off_bps=5_000, stock=2 * PIECES, per_member_max=1, terms=terms)[:1]

    def _presale(self, code: str) -> list[Document]:
        """A tenth as the deposit, which counts twice."""
        (item, *_) = self._items(code, off_bps=1, stock=5)
        deposit = item["unit_amount"] // 10
        return [{**item, "terms": {"deposit_amount": deposit, "counts_amount": 2 * deposit}}]

    def _presale_days(self) -> Document:
        """Ten days for deposits; the balance is due in the last ten."""
        days = {"deposit_until": 10, "balance_from": 20, "ship_by": DAYS + 15}
        return {name: (self.begins + timedelta(days=count)).isoformat() for name, count in days.items()}

    def _tried(self, code: str) -> list[Document]:
        """Three pieces for nothing."""
        return self._items(code, stock=3, unit_amount=0)[:1]

    def _trial(self) -> Document:
        """A week to apply; the answers decide."""
        options = [{"text": "每天", "points": 10}, {"text": "偶尔", "points": 3}]
        question = {"id": "how_often", "text": "多久背一次帆布包", "options": options}
        until = (self.begins + timedelta(days=7)).isoformat()
        return {"apply_until": until, "pick_by": "score", "questions": [question], "reward": {"points": 200}}

    def _gift(self) -> list[Document]:
        return self._items("ISL-NUT-01", stock=PIECES)[:1]

    def _won(self) -> list[Document]:
        """Two cups, ordered for nothing by who wins them."""
        return self._items("ISL-CUP-01", stock=2, terms={"prize": "cup"})[:1]

    def _wheel(self) -> Document:
        """One draw a day for everybody, and one more for each paid order."""
        prizes = [
            {"id": "points", "title": "88积分", "weight": 30, "reward": {"points": 88}},
            {"id": "wallet", "title": "5元红包", "weight": 10, "stock": 100, "wallet_amount": 500},
            {"id": "cup", "title": "马克杯", "weight": 5, "stock": 2, "per_member_max": 1, "goods": True},
            {"id": "thanks", "title": "谢谢参与", "weight": 55},
        ]
        return {"prizes": prizes, "fallback": "thanks", "free_daily": 1, "by_order": {"daily_max": 1}}


@dataclass
class Campaigns:
    """The buyer of the story looks at what runs."""

    teller: Teller
    buyer: Browser

    def play(self) -> None:
        """:raises Unexpected: something went otherwise."""
        found = self.buyer.get("/campaigns", limit=50)["items"]
        by_play = {each["play"]: each for each in found}
        self.teller.tell("campaigns", f"{len(found)} run for this buyer (a first purchase is for who has never paid)")
        for each in found:
            self.teller.more(f"{each['title']}: {each['words']}")
        self._draw(by_play["lucky_draw"])
        self._wait_for(by_play["flash_sale"])

    def _draw(self, campaign: Document) -> None:
        path = f"/campaigns/{campaign['id']}"
        wheel = self.buyer.get(f"{path}/wheel")
        odds = "、".join(f"{each['title']} {each['odds_bps'] / 100:g}%" for each in wheel["prizes"])
        if not wheel["mine"]["left"]:  # of an earlier run today, when the database is kept
            self.teller.tell("draw", f"{odds}; no chance is left today")
            return
        drawn = self.buyer.post(f"{path}/draws", key=secrets.token_hex(8))
        self.teller.tell("draw", f"{odds} → {drawn['title']}")

    def _wait_for(self, campaign: Document) -> None:
        sessions = self.buyer.get("/flash-sale/sessions")["items"]
        upcoming = [each for each in sessions if each["state"] == "upcoming"]
        running = [each for each in sessions if each["state"] == "running"]
        if not running:
            raise Unexpected(f"no session runs: {sessions}")
        page = self.buyer.get(f"/flash-sale/sessions/{running[0]['id']}")
        goods = page["goods"][0]
        self.teller.tell(
            "flash sale",
            f"{goods['name']} {yuan(goods['unit_amount'])} for {yuan(goods['price_amount'])}, {goods['left']} left",
        )
        if upcoming:
            body = {"session": upcoming[0]["session"]}
            asked = self.buyer.put(f"/campaigns/{campaign['id']}/reminder", body)
            self.teller.tell(
                "remind me", f"of tomorrow's session: WeChat will say so at {asked['remind_at'][11:16]} UTC"
            )
