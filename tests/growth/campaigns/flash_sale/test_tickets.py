"""Getting a ticket: by the clock, once, first come."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.growth.campaigns.flash_sale.tickets import service as tickets
from chalicelib.loyalty.segments.models import Segment, SegmentStatus
from chalicelib.loyalty.segments.rules.schemas import Condition
from chalicelib.mall.identity.members.models import Member, MemberStatus
from infra.local import faults
from tests.growth.campaigns.factories import Booth, at, put_into
from tests.growth.campaigns.flash_sale.factories import (
    PLAY,
    TWO_PM,
    Sale,
    forget,
    free,
    goods,
    in_stock,
    open_sale,
    require_sound,
)
from tests.harness import Cloud, MovableClock
from tests.trade import factories


class TestGetting:
    def test_a_ticket_holds_a_piece(self, sale: Sale, frozen: MovableClock) -> None:
        ann = sale.buyer("ann")
        ticket = ann.tap().ok()
        assert (ticket["status"], ticket["lot_id"], ticket["order_id"]) == ("open", sale.lot_id, None)
        assert at(ticket["valid_until"]) - at(ticket["got_at"]) == timedelta(minutes=5)
        assert (free(sale), in_stock(sale)) == (2, 3)
        require_sound(sale, 10)

    def test_again_is_the_same_and_writes_nothing(self, sale: Sale, cloud: Cloud) -> None:
        ann = sale.buyer("ann")
        first = ann.tap().ok()
        with cloud.unchanged():
            again, listed = ann.tap().ok(), ann.buyer.get("/flash-sale/tickets").ok()["items"]
        assert {**again, "now": ""} == {**first, "now": ""} == {**listed[0], "now": ""}
        assert sale.buyer("bob").buyer.get("/flash-sale/tickets").ok()["items"] == []
        (kept,) = tickets.export(ann.shopper.id)
        assert (kept["campaign_id"], kept["status"], kept["order_id"]) == (sale.campaign["id"], "open", None)

    def test_sold_out_is_known_without_asking(self, sale: Sale, cloud: Cloud, frozen: MovableClock) -> None:
        for name in ("ann", "bob", "cid"):
            sale.buyer(name).tap().ok()
        late = sale.buyer("dan")
        with cloud.unchanged():
            assert late.tap().code == "flash_sale_sold_out"
        with faults.watched() as watch:
            assert late.tap().code == "flash_sale_sold_out"
        assert watch.steps == []
        frozen.move(seconds=4)
        with faults.watched() as watch:
            assert late.tap().code == "flash_sale_sold_out"
        assert watch.steps != []

    def test_a_tap_costs_one_read_one_write_and_one_transaction(self, sale: Sale) -> None:
        sale.buyer("ann").tap().ok()
        with faults.watched() as watch:
            sale.buyer("bob").tap().ok()
        asked = Counter(step.removeprefix("dynamodb ") for step in watch.steps)
        assert asked == {"PutItem": 2, "BatchGetItem": 1, "UpdateItem": 1, "TransactWriteItems": 1}  # 2: bob himself


class TestClock:
    def test_not_a_moment_early_or_late(self, booth: Booth, frozen: MovableClock, cloud: Cloud) -> None:
        """No sweep runs: the campaign is stored as scheduled to this day."""
        sale = open_sale(booth, 2, later=2)
        sale.session = TWO_PM
        ann, bob = sale.buyer("ann"), sale.buyer("bob")
        begins, ends = at("2026-11-24T14:00:00+08:00"), at("2026-11-24T16:00:00+08:00")
        frozen.set(begins - timedelta(milliseconds=2))
        with cloud.unchanged():
            early = ann.tap()
        assert (early.code, at(early.json["details"]["starts_at"])) == ("flash_sale_not_open", begins)
        assert at(early.json["details"]["now"]) < begins
        frozen.set(begins - timedelta(milliseconds=1))
        assert ann.tap().ok()["session"] == TWO_PM
        frozen.set(ends - timedelta(milliseconds=2))
        short = bob.tap().ok()
        assert at(short["valid_until"]) == ends
        frozen.set(ends - timedelta(milliseconds=1))
        with cloud.unchanged():
            assert bob.tap().code == "flash_sale_over"

    def test_across_midnight(self, booth: Booth, frozen: MovableClock) -> None:
        """A session of an hour from 23:30 in Shanghai is one of that day, and ends on the next."""
        settings = {"sessions": [{"day": "2026-11-24", "time": "23:30", "minutes": 60}]}
        quilt = factories.product(price=12_000)
        window = {"starts_at": "2026-11-24T00:00:00+08:00", "ends_at": "2026-11-25T00:30:00+08:00"}
        campaign = booth.run(PLAY, goods(quilt, pieces={"202611242330": 3}), settings=settings, **window)
        sale = Sale(booth.http, booth, quilt, campaign, "202611242330")
        told = {}
        for name, text in (("a", "23:29:59.999"), ("b", "23:30"), ("c", "23:59:59.999")):
            frozen.set(at(f"2026-11-24T{text}+08:00") - timedelta(milliseconds=1))
            told[text] = sale.buyer(name).tap().status
        for name, text in (("d", "00:00"), ("e", "00:30")):
            frozen.set(at(f"2026-11-25T{text}+08:00") - timedelta(milliseconds=1))
            told[text] = sale.buyer(name).tap().code or "got"
        assert list(told.values()) == [409, 201, 201, "got", "flash_sale_over"]

    def test_stopped_at_once(self, sale: Sale, cloud: Cloud, frozen: MovableClock) -> None:
        sale.booth.step(sale.campaign, "stop")
        frozen.move(seconds=3)
        ann = sale.buyer("ann")
        with cloud.unchanged():
            assert ann.tap().code == "flash_sale_session_not_found"


class TestWho:
    def test_forged_names_are_not_found(self, sale: Sale, cloud: Cloud) -> None:
        ann = sale.buyer("ann")
        real = {"campaign_id": sale.campaign["id"], "session": sale.session, "product_id": sale.product.id}
        real["sku_id"] = sale.sku_id
        forged: list[tuple[dict[str, Any], int]] = [
            ({"campaign_id": "cmp_no"}, 404),
            ({"session": TWO_PM}, 404),
            ({"product_id": "prd_no"}, 404),
            ({"sku_id": "sku_no"}, 404),
            ({"session": "10:00"}, 422),
            ({"quantity": 2}, 422),
        ]
        with cloud.unchanged():
            for change, status in forged:
                assert ann.buyer.post("/flash-sale/tickets", json=real | change).status == status
            assert sale.http.post("/flash-sale/tickets", json=real).status == 401

    def test_only_the_segment_and_only_the_active(self, booth: Booth, cloud: Cloud, frozen: MovableClock) -> None:
        rule = Condition.model_validate({"field": "order_count", "op": "at_least", "number": 1})
        Segment(id="seg_1", title="老客", rule=rule, status=SegmentStatus.ACTIVE, created_at=clock.now()).save()
        sale = open_sale(booth, segment_id="seg_1")
        ann, bob = sale.buyer("ann"), sale.buyer("bob")
        put_into(bob.shopper.id, "seg_1")
        with cloud.unchanged():
            assert ann.tap().code == "flash_sale_not_for_you"
        bob.tap().ok()
        put_into(bob.shopper.id)
        assert bob.look()["payable_amount"] == 9900, "the piece is theirs, whatever they are by now"
        member = Member.find(ann.shopper.id)
        assert member is not None
        member.status = MemberStatus.CLOSED
        member.notices = {"segments": ["seg_1"]}
        member.save()
        with cloud.unchanged():
            assert ann.tap().status == 401

    def test_who_taps_too_fast_is_slowed(self, sale: Sale, cloud: Cloud, frozen: MovableClock) -> None:
        ann = sale.buyer("ann")
        ann.tap().ok()
        with cloud.unchanged():
            told = [ann.tap().status for _ in range(8)]
        assert told == [201] * 5 + [429] * 3
        assert sale.buyer("bob").tap().status == 201
        frozen.move(seconds=2)
        assert ann.tap().status == 201


class TestRush:
    @pytest.mark.dynoxide
    def test_eight_taps_of_one_member_are_one_ticket(self, booth: Booth, cloud: Cloud) -> None:
        sale = open_sale(booth, 30, stock=37)
        ann = sale.buyer("ann")
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda _: ann.tap(), range(8)))
        assert {each.status for each in told} <= {201, 409, 429}
        assert {each.code for each in told if each.status == 409} <= {"too_busy"}
        assert len({each.json["got_at"] for each in told if each.status == 201}) == 1
        assert (free(sale), sale.tickets()) == (29, {"open": 1})
        require_sound(sale, 37)

    @pytest.mark.dynoxide
    def test_many_for_the_last_piece(self, booth: Booth, cloud: Cloud) -> None:
        sale = open_sale(booth, 1)
        buyers = [sale.buyer(f"b{number}") for number in range(12)]
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda each: each.tap(), buyers))
        assert Counter(each.code or each.status for each in told) == {201: 1, "flash_sale_sold_out": 11}
        require_sound(sale, 10)

    def test_taps_that_reach_two_shards_keep_one_piece(self, sale: Sale, monkeypatch: pytest.MonkeyPatch) -> None:
        """The home shard is empty, and two taps of a member find pieces in two others: one of them goes back."""
        from chalicelib.growth.campaigns.flash_sale.counters import service as counters

        ann = sale.buyer("ann")
        took = counters.take
        other = (sale.lot.home(ann.shopper.id) + 1) % 3

        def also_elsewhere(lot: Any, holder: str) -> str:
            counters._take_from(lot, other, holder)  # what the other tap took
            with monkeypatch.context() as patch:
                patch.setattr(counters, "take", lambda lot, holder: lot.stock_owner(other))
                ann.tap().ok()  # and wrote
            return took(lot, holder)

        monkeypatch.setattr(counters, "take", also_elsewhere)
        ticket = ann.tap().ok()
        assert ann.ticket is not None
        assert (ann.ticket.stock_owner, ticket["got_at"]) == (sale.lot.stock_owner(other), ticket["got_at"])
        require_sound(sale, 10)

    def test_the_next_process_finds_what_a_dead_one_took(self, booth: Booth) -> None:
        sale = open_sale(booth, 30, stock=37)  # her shard has more pieces: her name in it is the guard
        ann = sale.buyer("ann")
        sale.buyer("bob").tap().ok()
        with faults.watched(2, "after") as watch, pytest.raises(faults.ProcessKilled):
            ann.tap()
        assert (watch.steps[-1], ann.ticket, free(sale)) == ("dynamodb UpdateItem", None, 28)
        forget()
        ann.tap().ok()
        assert free(sale) == 28
        require_sound(sale, 37)
