"""What is not bought in time, or is canceled, is for others again; once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.flash_sale.counters import service as counters
from chalicelib.growth.campaigns.flash_sale.events import LapseTicket, MendHolder
from chalicelib.growth.campaigns.flash_sale.models import Counter
from tests.growth.campaigns.factories import Booth, at
from tests.growth.campaigns.flash_sale.factories import Sale, forget, free, in_stock, open_sale, require_sound
from tests.harness import Cloud, MovableClock
from tests.trade import factories

Do = Callable[..., Any]
PRICE = 9_900


class TestLapsed:
    def test_the_next_one_gets_it(self, booth: Booth, frozen: MovableClock, sweep: Do) -> None:
        sale = open_sale(booth, 1)
        ann, bob = sale.buyer("ann"), sale.buyer("bob")
        ann.tap().ok()
        assert bob.tap().code == "flash_sale_sold_out"
        sweep(minutes=6, twice=True)
        assert (sale.tickets(), free(sale)) == ({"returned": 1}, 1)
        bob.tap().ok()
        assert bob.buy().ok()["payable_amount"] == PRICE
        require_sound(sale, 10)

    def test_a_spent_ticket_stays(self, sale: Sale, sweep: Do) -> None:
        ann = sale.buyer("ann")
        ann.tap().ok()
        ann.buy().ok()
        sweep(minutes=6)
        assert (sale.tickets(), free(sale)) == ({"spent": 1}, 2)
        require_sound(sale, 10)

    def test_again_while_the_deadline_is_late(self, sale: Sale, frozen: MovableClock, drain: Do) -> None:
        ann = sale.buyer("ann")
        first = ann.tap().ok()
        frozen.set(at(first["valid_until"]) - timedelta(milliseconds=1))
        second = ann.tap().ok()
        assert second["got_at"] > first["got_at"]
        drain(twice=True)
        assert (sale.tickets(), free(sale)) == ({"open": 1}, 2)
        require_sound(sale, 10)

    def test_the_deadline_of_the_first_leaves_the_second(self, sale: Sale, sweep: Do) -> None:
        ann = sale.buyer("ann")
        ann.tap().ok()
        sweep(minutes=6)
        ann.tap().ok()
        with Transaction() as tx:
            tx.emit(LapseTicket(member_id=ann.shopper.id, lot_id=sale.lot_id, serial=1))
        sweep(minutes=1)
        counters.put_back(sale.lot.counter_id(0), f"{ann.shopper.id}.1")
        assert (sale.tickets(), free(sale)) == ({"open": 1}, 2)
        require_sound(sale, 10)

    def test_two_tries_and_no_more(self, sale: Sale, sweep: Do, cloud: Cloud) -> None:
        ann = sale.buyer("ann")
        for _ in range(2):
            ann.tap().ok()
            sweep(minutes=6)
        with cloud.unchanged():
            assert ann.tap().code == "flash_sale_tries_used"


class TestCanceled:
    def test_on_sale_again(self, booth: Booth, sweep: Do, drain: Do, frozen: MovableClock) -> None:
        sale = open_sale(booth, 1)
        ann, bob = sale.buyer("ann"), sale.buyer("bob")
        ann.tap().ok()
        order = ann.buy().ok()
        assert bob.tap().code == "flash_sale_sold_out"
        ann.cancel(order)
        drain(twice=True)
        sweep(minutes=2, twice=True)
        assert (in_stock(sale), free(sale), sale.tickets()) == (1, 1, {"returned": 1})
        bob.tap().ok()
        bob.buy().ok()
        require_sound(sale, 10)

    def test_not_before_the_stock_has_it(self, booth: Booth, sweep: Do, drain: Do) -> None:
        """The reaction that gives the stock back is late: nobody is let in for a piece that is not there."""
        from chalicelib.growth.campaigns.flash_sale.events import FreePiece

        sale = open_sale(booth, 1)
        ann = sale.buyer("ann")
        ann.tap().ok()
        order = ann.buy().ok()
        assert ann.ticket is not None
        event = FreePiece(counter_id=ann.ticket.counter_id, holder=ann.ticket.holder, order_id=order["id"])
        with Transaction() as tx:
            tx.emit(event)
        drain()
        sweep(minutes=2)
        assert free(sale) == 0
        ann.cancel(order)
        drain()
        sweep(minutes=2)
        assert free(sale) == 1
        require_sound(sale, 10)

    def test_unpaid_and_closed_by_itself_after_the_end(self, booth: Booth, sweep: Do, frozen: MovableClock) -> None:
        """The campaign is over by then: its piece goes on to the product."""
        sale = open_sale(booth, 2, ends_at="2026-11-24T12:00:00+08:00")
        ann = sale.buyer("ann")
        frozen.set(at("2026-11-24T11:58:00+08:00"))
        ann.tap().ok()
        order = ann.buy().ok()
        sweep(minutes=5)
        assert (booth.show(sale.campaign)["phase"], factories.available(sale.product)) == ("over", 9)
        ann.cancel(order)
        sweep(minutes=2, twice=True)
        sweep(minutes=2)
        assert (in_stock(sale), factories.available(sale.product)) == (0, 10)

    def test_both_tickets_of_a_member_come_back(self, booth: Booth, sweep: Do, frozen: MovableClock) -> None:
        sale = open_sale(booth, 1, settings={"tries": 3})
        ann = sale.buyer("ann")
        for number in range(3):
            forget()
            ann.tap().ok()
            ann.cancel(ann.buy(key=f"tap-0000{number}").ok())
            sweep(minutes=2)
            sweep(minutes=2)
        assert (free(sale), in_stock(sale)) == (1, 1)
        require_sound(sale, 10)


class TestClosing:
    def test_every_piece_goes_home(self, booth: Booth, sweep: Do) -> None:
        sale = open_sale(booth, 7, later=40, stock=60)
        sale.buyer("ann").tap().ok()
        assert (in_stock(sale), factories.available(sale.product)) == (47, 13)
        booth.step(sale.campaign, "stop")
        assert (in_stock(sale), factories.available(sale.product)) == (0, 60)
        sweep(minutes=8)
        assert factories.available(sale.product) == 60


class TestMending:
    def hold(self, sale: Sale, member_id: str, serial: int = 1) -> str:
        """As a process that died between counter and ticket."""
        return counters.take(sale.lot, f"{member_id}.{serial}")

    def test_a_holder_without_a_ticket(self, booth: Booth, sweep: Do, cloud: Cloud) -> None:
        sale = open_sale(booth, 1)
        ann, bob = sale.buyer("ann"), sale.buyer("bob")
        self.hold(sale, ann.shopper.id)
        assert jobs.run("mend_flash_sales") == {"found": 1}
        assert free(sale) == 0
        sweep(minutes=2, twice=True)
        assert (free(sale), jobs.run("mend_flash_sales")) == (1, {"found": 0})
        require_sound(sale, 10)
        bob.tap().ok()
        sweep(minutes=6)
        # It cost her none of her tries.
        for _ in range(2):
            ann.tap().ok()
            sweep(minutes=6)
        assert ann.tap().code == "flash_sale_tries_used"

    def test_who_was_only_slow_keeps_it(self, sale: Sale, sweep: Do) -> None:
        ann = sale.buyer("ann")
        self.hold(sale, ann.shopper.id)
        assert jobs.run("mend_flash_sales") == {"found": 1}
        ann.tap().ok()
        sweep(minutes=2)
        assert (free(sale), sale.tickets()) == (2, {"open": 1})
        require_sound(sale, 10)

    def test_who_wakes_up_too_late_gets_no_ticket(self, sale: Sale, drain: Do) -> None:
        """The fence: between counter and ticket the piece was given back."""
        from chalicelib.growth.campaigns.flash_sale.tickets import service

        ann = sale.buyer("ann")
        write = service._write

        def slowly(ticket: Any, old: Any) -> Any:
            named = {"campaign_id": sale.campaign["id"], "session": sale.session, "sku_id": sale.sku_id}
            with Transaction() as tx:
                tx.emit(MendHolder(**named, counter_id=ticket.counter_id, holder=ticket.holder))
            drain(twice=True)
            return write(ticket, old)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(service, "_write", slowly)
            assert ann.tap().code == "too_busy"
        assert (free(sale), sale.tickets()) == (3, {"returned": 1})
        ann.tap().ok()
        require_sound(sale, 10)

    def test_what_is_long_past_is_left_alone(self, sale: Sale, frozen: MovableClock) -> None:
        self.hold(sale, "mem_x")
        frozen.set(at("2026-11-24T13:00:01+08:00"))
        assert jobs.run("mend_flash_sales") == {"found": 0}
        assert Counter.count() == 1
