"""What buyers see of sessions, and what staff may set."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.growth.campaigns.flash_sale.lots.service import Lot, shards_of
from infra.local import faults
from tests.growth.campaigns.factories import Booth, at
from tests.growth.campaigns.flash_sale.factories import (
    PLAY,
    SESSIONS,
    TEN,
    TWO_PM,
    WINDOW,
    Sale,
    forget,
    goods,
    open_sale,
)
from tests.harness import START, Client, Cloud, MovableClock
from tests.trade import factories

Do = Callable[..., Any]


def states(http: Client) -> dict[str, str]:
    forget()
    return {each["session"]: each["state"] for each in http.get("/flash-sale/sessions").ok()["items"]}


class TestSessions:
    def test_states_by_the_clock(self, booth: Booth, frozen: MovableClock, sweep: Do) -> None:
        sale = open_sale(booth, 1, later=2)
        told = []
        for text in ("09:59:59.999", "10:00", "11:59:59.999", "12:00", "14:00", "16:00"):
            frozen.set(at(f"2026-11-24T{text}+08:00") - timedelta(milliseconds=1))
            told.append(tuple(states(sale.http).values()))
        assert told == [
            ("upcoming", "upcoming"),
            ("running", "upcoming"),
            ("running", "upcoming"),
            ("over", "upcoming"),
            ("over", "running"),
            ("over", "over"),
        ]

    def test_sold_out_and_there_again(self, booth: Booth, sweep: Do) -> None:
        sale = open_sale(booth, 1)
        sale.buyer("ann").tap().ok()
        assert states(sale.http) == {TEN: "sold_out"}
        sweep(minutes=6)
        assert states(sale.http) == {TEN: "running"}

    def test_today_and_tomorrow_only(self, booth: Booth, frozen: MovableClock) -> None:
        days = ["2026-11-24", "2026-11-25", "2026-11-26"]
        sessions = [{"day": day, "time": "00:00", "minutes": 1440} for day in days]
        keys = [f"{day.replace('-', '')}0000" for day in days]
        quilt = factories.product(price=12_000, stock=10)
        window = {"starts_at": "2026-11-24T00:00:00+08:00", "ends_at": "2026-11-27T00:00:00+08:00"}
        booth.run(PLAY, goods(quilt, pieces=dict.fromkeys(keys, 1)), settings={"sessions": sessions}, **window)
        assert list(states(booth.http)) == keys[:2]
        frozen.set(at("2026-11-24T23:59:59.99+08:00"))
        assert states(booth.http) == {keys[0]: "running", keys[1]: "upcoming"}
        frozen.set(at("2026-11-25T00:00+08:00"))
        assert states(booth.http) == {keys[1]: "running", keys[2]: "upcoming"}

    def test_one_that_runs_through_midnight_stays_until_it_ends(self, booth: Booth, frozen: MovableClock) -> None:
        sessions, night = [{"day": "2026-11-24", "time": "23:00", "minutes": 120}], "202611242300"
        quilt = factories.product(price=12_000, stock=10)
        window = {"starts_at": "2026-11-24T00:00:00+08:00", "ends_at": "2026-11-27T00:00:00+08:00"}
        booth.run(PLAY, goods(quilt, pieces={night: 1}), settings={"sessions": sessions}, **window)
        frozen.set(at("2026-11-25T00:59:59.99+08:00"))
        assert states(booth.http) == {night: "running"}
        frozen.set(at("2026-11-25T01:00+08:00"))
        assert states(booth.http) == {}

    def test_the_page(self, sale: Sale, frozen: MovableClock) -> None:
        sale.buyer("ann").tap().ok()
        session = sale.http.get("/flash-sale/sessions").ok()["items"][0]
        page = sale.http.get(f"/flash-sale/sessions/{session['id']}").ok()
        assert (page["state"], page["hold_minutes"], at(page["now"])) == ("running", 5, frozen.at)
        (lot,) = page["goods"]
        shown = {name: lot[name] for name in ("lot_id", "price_amount", "unit_amount", "pieces", "left")}
        assert shown == {"lot_id": sale.lot_id, "price_amount": 12_000, "unit_amount": 9_900, "pieces": 3, "left": 2}

    def test_a_page_that_everybody_reloads_asks_the_tables_seldom(self, sale: Sale, frozen: MovableClock) -> None:
        session = sale.http.get("/flash-sale/sessions").ok()["items"][0]
        path = f"/flash-sale/sessions/{session['id']}"
        sale.http.get(path).ok()
        with faults.watched() as watch:
            for _ in range(20):
                sale.http.get(path).ok()
                sale.http.get("/flash-sale/sessions").ok()
        assert watch.steps == []
        frozen.move(seconds=2)
        with faults.watched() as watch:
            sale.http.get(path).ok()
        assert len(watch.steps) == 3

    def test_what_is_not_shown(self, booth: Booth, cloud: Cloud, frozen: MovableClock) -> None:
        quilt = factories.product("other", price=12_000)
        draft = booth.draft(PLAY, goods(quilt, pieces={TEN: 1}), settings={"sessions": SESSIONS[:1]}, **WINDOW)
        other = booth.run("limited_discount", {"product_id": quilt.id, "sku_id": quilt.skus[0].id, "unit_amount": 1})
        sale = open_sale(booth, 1)
        booth.step(sale.campaign, "stop")
        assert states(booth.http) == {}
        for campaign in (draft, other, sale.campaign):
            reply = booth.http.get(f"/flash-sale/sessions/{campaign['id']}-{TEN}")
            assert reply.code == "flash_sale_session_not_found"
        for forged in ("x", "-", f"{sale.campaign['id']}-1", f"{sale.campaign['id']}-{TWO_PM}"):
            assert booth.http.get(f"/flash-sale/sessions/{forged}").status == 404

    def test_the_campaigns_own_page_leaves_the_count_to_the_play(self, sale: Sale) -> None:
        page = sale.http.get(f"/campaigns/{sale.campaign['id']}").ok()
        assert (page["words"], page["goods"][0]["left"]) == ("秒杀价99.00元起", None)
        assert sale.booth.show(sale.campaign)["stocks"] == [{"sku_id": sale.sku_id, "set_aside": 3, "left": 3}]


class TestDesk:
    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"settings": {"sessions": []}}, "settings.sessions"),
            (
                {"settings": {"sessions": [{"day": "2026-11-24", "time": "24:00", "minutes": 5}]}},
                "settings.sessions.0.time",
            ),
            ({"settings": {"sessions": [{**SESSIONS[0], "day": "0001-01-01"}]}}, "settings.sessions.0.day"),
            ({"settings": {"sessions": [{**SESSIONS[0], "day": "9999-12-31"}]}}, "settings.sessions.0.day"),
            ({"settings": {"sessions": SESSIONS, "hold_minutes": True}}, "settings.hold_minutes"),
            ({"settings": {"sessions": SESSIONS, "tries": "3"}}, "settings.tries"),
            ({"settings": {"sessions": SESSIONS, "hold_minutes": 31}}, "settings.hold_minutes"),
            ({"settings": {"sessions": SESSIONS, "tries": 0}}, "settings.tries"),
            ({"settings": {"sessions": SESSIONS}}, "settings.sessions"),  # 14:00 has no goods
            ({"settings": {"sessions": [SESSIONS[0], {**SESSIONS[1], "time": "11:59"}]}}, "settings"),
            ({"settings": {"sessions": [{**SESSIONS[0], "day": "2026-11-25"}]}}, "settings.sessions"),
            ({"stock": 4}, "items.0.stock"),
            ({"stock": None}, "items.0.stock"),
            ({"unit_amount": 12_000}, "items.0.unit_amount"),
            ({"unit_amount": None}, "items.0.unit_amount"),
            ({"terms": {}}, "items.0.terms.sessions"),
            ({"terms": {"sessions": [{"session": TEN, "pieces": 10_001}]}}, "items.0.terms.sessions.0.pieces"),
            ({"terms": {"sessions": [{"session": TEN, "pieces": 1}, {"session": TEN, "pieces": 2}]}}, "items.0.terms"),
        ],
    )
    def test_what_can_not_be_is_refused_when_it_is_saved(
        self, booth: Booth, cloud: Cloud, change: dict[str, Any], field: str
    ) -> None:
        quilt, staff = factories.product(price=12_000), booth.staff
        fields = goods(quilt, pieces={TEN: 3})
        settings = change.pop("settings", {"sessions": SESSIONS[:1]})
        fields = {name: value for name, value in {**fields, **change}.items() if value is not None}
        with cloud.unchanged():
            reply = booth.try_draft(PLAY, fields, settings=settings, **WINDOW)
        assert staff is not None
        assert (reply.code, reply.json["details"]["errors"][0]["field"]) == ("invalid", field)

    def test_two_sales_of_a_sku_at_the_same_time(self, sale: Sale) -> None:
        body = goods(sale.product, pieces={TWO_PM: 1})
        draft = sale.booth.draft(PLAY, body, settings={"sessions": SESSIONS[1:]}, **WINDOW)
        assert sale.booth.try_step(draft, "schedule").code == "campaign_clash"

    def test_too_many_shards(self, booth: Booth, cloud: Cloud) -> None:
        towels = [factories.product(f"t{n}", price=12_000) for n in range(40)]
        items = [goods(each, pieces={TEN: 2_000}) for each in towels]
        reply = booth.try_draft(PLAY, *items, settings={"sessions": SESSIONS[:1]}, **WINDOW)
        assert reply.json["details"]["errors"][0]["field"] == "items"

    def test_a_large_lot_is_set_aside_whole(self, booth: Booth) -> None:
        sale = open_sale(booth, 1_500, stock=2_000)
        assert sale.lot.shards == 64
        assert (booth.show(sale.campaign)["stocks"][0]["left"], factories.available(sale.product)) == (1_500, 500)
        booth.step(sale.campaign, "stop")
        assert factories.available(sale.product) == 2_000


@given(pieces=st.integers(1, 10_000), member=st.text("abcdef0123456789", min_size=1, max_size=30))
def test_the_pieces_are_spread_evenly(pieces: int, member: str) -> None:
    lot = Lot("cmp_1", TEN, "sku_1", START, START + timedelta(hours=1), pieces, 1)
    shares = [lot.pieces_of(shard) for shard in range(lot.shards)]
    assert (sum(shares), max(shares) - min(shares) <= 1, min(shares) >= 1) == (pieces, True, True)
    assert 1 <= shards_of(pieces) <= 64
    assert 0 <= lot.home(member) < lot.shards
    assert len({lot.counter_id(shard) for shard in range(lot.shards)}) == lot.shards
