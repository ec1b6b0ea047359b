"""Invoices: about what was paid in money, once, and never about what went back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core.transaction import Transaction
from chalicelib.trade.invoices import service
from chalicelib.trade.invoices.errors import InvoiceMoved
from chalicelib.trade.invoices.models import Invoice
from chalicelib.trade.invoices.schemas import is_credit_code
from chalicelib.trade.orders.models import Order
from chalicelib.trade.payments.models import Payment
from infra.local.faults import every_death
from tests.trade.invoices.conftest import COMPANY, Desk, Do
from tests.trade.payments.factories import MEMBER, buyer_token, place

PERSON = {"kind": "personal", "name": "王小明"}


class TestTitles:
    @pytest.mark.parametrize("code", ["91350100M000100Y43", "91330106MA2CFLDG4R", "911100001000000007"[:17] + "7"])
    def test_the_check_character(self, code: str) -> None:
        fitting = [each for each in "0123456789ABCDEFGHJKLMNPQRTUWXY" if is_credit_code(code[:17] + each)]
        assert len(fitting) == 1

    def test_known_codes(self) -> None:
        assert is_credit_code("91350100M000100Y43")
        assert not is_credit_code("91350100M000100Y44")
        assert not is_credit_code("91350100M000010Y43")
        assert not is_credit_code("91350100I000100Y43")

    def test_kept(self, desk: Desk) -> None:
        book = desk.buyer.post("/me/invoice-titles", json=PERSON).ok()
        first = book["items"][0]["id"]
        assert book["default_id"] == first
        book = desk.buyer.post("/me/invoice-titles", json=COMPANY | {"is_default": True}).ok()
        second = book["items"][1]["id"]
        assert book["default_id"] == second
        book = desk.buyer.put(f"/me/invoice-titles/{first}", json=PERSON | {"name": "王大明", "is_default": True}).ok()
        assert (book["items"][0]["name"], book["default_id"]) == ("王大明", first)
        book = desk.buyer.delete(f"/me/invoice-titles/{first}").ok()
        assert ([each["id"] for each in book["items"]], book["default_id"]) == ([second], None)
        assert desk.buyer.get("/me/invoice-titles").ok() == book

    @pytest.mark.parametrize(
        "change",
        [
            {"tax_number": "91350100M000100Y44"},
            {"tax_number": None},
            {"kind": "personal"},
            {"name": ""},
            {"email": "x"},
            {"bank_account": "x"},
        ],
    )
    def test_refused(self, desk: Desk, change: dict[str, Any]) -> None:
        with desk.cloud.unchanged():
            assert desk.buyer.post("/me/invoice-titles", json=COMPANY | change).status == 422

    def test_small_letters_and_spaces_are_the_same_number(self, desk: Desk) -> None:
        book = desk.buyer.post("/me/invoice-titles", json=COMPANY | {"tax_number": " 91350100m000 100y43"}).ok()
        assert book["items"][0]["tax_number"] == "91350100M000100Y43"

    def test_at_most_twenty_even_at_once(self, desk: Desk) -> None:
        for _ in range(18):
            desk.buyer.post("/me/invoice-titles", json=PERSON).ok()
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda _: desk.buyer.post("/me/invoice-titles", json=PERSON).status, range(4)))
        assert replies.count(201) <= 2
        desk.buyer.post("/me/invoice-titles", json=PERSON)
        assert len(desk.buyer.get("/me/invoice-titles").ok()["items"]) <= 20

    def test_not_anothers(self, titled: Desk) -> None:
        title = titled.buyer.get("/me/invoice-titles").ok()["default_id"]
        other = titled.http.as_(buyer_token("mem_two"))
        with titled.cloud.unchanged():
            assert other.put(f"/me/invoice-titles/{title}", json=PERSON).code == "invoice_title_not_found"
            assert other.delete(f"/me/invoice-titles/{title}").code == "invoice_title_not_found"


class TestAsking:
    def test_about_what_was_paid_in_money(self, titled: Desk) -> None:
        order = titled.completed(10_000, wallet=4_000)
        assert titled.buyer.get(f"/orders/{order.id}/invoices").ok() == {"items": [], "amount": 6_000}
        told = titled.ask(order).ok()
        assert (told["amount"], told["status"], told["title"]["name"]) == (6_000, "requested", "思屿科技")
        assert titled.buyer.get("/me/invoices").ok()["items"] == [told]

    def test_a_deposit_was_paid_in_money(self, titled: Desk) -> None:
        order = titled.completed(10_000, wallet=2_000, deposit=3_000)
        assert titled.ask(order).ok()["amount"] == 8_000
        all_before = titled.completed(500, deposit=500)
        assert titled.ask(all_before).ok()["amount"] == 500

    def test_a_deposit_went_back_in_its_share(self, titled: Desk) -> None:
        """Whatever goes back first, the invoices are about the rest of the money, to the fen."""
        order = titled.completed(10_000, wallet=2_000, deposit=3_000)
        for back, left in ((3_333, 5_333), (6_666, 0)):
            stored = Payment.find(order.payment_id or "", consistent=True)
            assert stored is not None
            stored.update([Payment.refunded_amount.add(back)])
            read = Payment.find(order.payment_id or "", consistent=True)
            assert service.payable_amount(read) == left

    def test_less_what_went_back(self, titled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        order = titled.completed(10_000)
        titled.refund(order, 3_333)
        titled.drain()
        assert titled.ask(order).ok()["amount"] == 6_667

    def test_refused(self, titled: Desk) -> None:
        order, all_back, by_wallet = titled.completed(), titled.completed(), titled.completed(500, wallet=500)
        open_one = place()
        titled.refund(all_back, 9_900)
        titled.drain()
        with titled.cloud.unchanged():
            assert titled.ask(open_one).code == "order_not_completed"
            assert titled.ask(all_back).code == "nothing_to_invoice"
            assert titled.ask(by_wallet).code == "nothing_to_invoice"
            assert titled.ask(order, title_id="ivt_nothing").code == "invoice_title_not_found"
            other = titled.http.as_(buyer_token("mem_two"))
            assert other.post(f"/orders/{order.id}/invoices", json={}).code == "order_not_found"
            titled.clock.move(days=181)
            assert titled.ask(order).code == "invoice_window_over"

    def test_one_at_a_time(self, titled: Desk) -> None:
        order = titled.completed()
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda _: titled.ask(order).status, range(4)))
        assert (replies.count(201), len(service.of_order(order.id))) == (1, 1)
        with titled.cloud.unchanged():
            assert titled.ask(order).code == "invoice_exists"

    def test_canceled_and_asked_again(self, titled: Desk) -> None:
        order = titled.completed()
        first = titled.ask(order).ok()["id"]
        assert titled.buyer.post(f"/me/invoices/{first}/cancel").ok()["status"] == "canceled"
        assert titled.ask(order).ok()["id"] == f"{order.id}-02"
        with titled.cloud.unchanged():
            assert titled.buyer.post(f"/me/invoices/{first}/cancel").code == "invoice_moved"
            other = titled.http.as_(buyer_token("mem_two"))
            assert other.post(f"/me/invoices/{order.id}-02/cancel").code == "invoice_not_found"
            assert other.get(f"/me/invoices/{order.id}-02/file").code == "invoice_not_found"

    def test_a_refund_in_the_very_moment(self, titled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        order = titled.completed()
        honest = service.title_of

        def late(member_id: str, title_id: str | None) -> Any:
            titled.refund(order, 100)
            return honest(member_id, title_id)

        monkeypatch.setattr(service, "title_of", late)
        assert titled.ask(order).code == "invoice_moved"
        assert service.of_order(order.id) == []


class TestStaff:
    def test_issued(self, titled: Desk) -> None:
        invoice = titled.ask(titled.completed()).ok()
        assert [each["id"] for each in titled.staff.get("/admin/invoices?month=2026-11").ok()["items"]] == [
            invoice["id"]
        ]
        assert titled.staff.get("/admin/invoices?month=2026-10").ok()["items"] == []
        form = titled.staff.post(f"/admin/invoices/{invoice['id']}/upload", json={}).ok()
        assert form["key"].endswith("/01.pdf")
        assert titled.issue(invoice["id"], 9900).ok()["status"] == "issued"
        told = titled.buyer.get(f"/me/invoices/{invoice['id']}/file").ok()
        assert "invoices/" in told["url"]
        assert titled.staff.get(f"/admin/invoices/{invoice['id']}/file").ok()["url"]
        assert titled.staff.get(f"/admin/invoices/{invoice['id']}").ok()["has_file"] is True
        staff = titled.staff
        with titled.cloud.unchanged():
            assert staff.post(f"/admin/invoices/{invoice['id']}/upload", json={}).code == "invoice_moved"

    def test_not_without_a_file_or_about_another_amount(self, titled: Desk) -> None:
        invoice = titled.ask(titled.completed()).ok()["id"]
        staff, body = titled.staff, {"invoice_number": "26332000000012345678", "amount": 9900}
        with titled.cloud.unchanged():
            assert staff.post(f"/admin/invoices/{invoice}/issue", json=body).code == "invoice_file_missing"
            assert titled.buyer.get(f"/me/invoices/{invoice}/file").code == "no_invoice_file"
        assert titled.issue(invoice, 9900, b"<html>").code == "invoice_file_missing"
        refused = titled.issue(invoice, 9901)
        assert (refused.code, refused.json["details"]["amount"]) == ("invoice_amount_differs", 9900)
        assert service.load(invoice).status.value == "requested"

    def test_rejected_and_asked_again(self, titled: Desk) -> None:
        order = titled.completed()
        invoice = titled.ask(order).ok()["id"]
        told = titled.staff.post(f"/admin/invoices/{invoice}/reject", json={"reason": "税号不符"}).ok()
        assert (told["status"], told["reason"]) == ("rejected", "税号不符")
        assert titled.issue(invoice, 9900).code == "invoice_moved"
        assert titled.ask(order).status == 201

    def test_reversed_and_asked_again(self, titled: Desk) -> None:
        order = titled.completed()
        invoice = titled.ask(order).ok()["id"]
        body = {"red_number": "26332000000012345679"}
        assert titled.staff.post(f"/admin/invoices/{invoice}/reverse", json=body).code == "invoice_moved"
        titled.issue(invoice, 9900).ok()
        assert titled.staff.post(f"/admin/invoices/{invoice}/reverse", json=body).ok()["status"] == "reversed"
        assert titled.ask(order).status == 201

    def test_not_there(self, titled: Desk) -> None:
        staff = titled.staff
        with titled.cloud.unchanged():
            for name in ("ord_nothing-01", "nothing", "-", "ord_x-"):
                assert staff.get(f"/admin/invoices/{name}").code == "invoice_not_found"


class TestRefunds:
    def test_lower_what_is_asked_for(self, titled: Desk) -> None:
        order = titled.completed()
        invoice = titled.ask(order).ok()["id"]
        titled.refund(order, 900)
        titled.drain(twice=True)
        assert (service.load(invoice).amount, service.load(invoice).status.value) == (9_000, "requested")
        assert titled.issue(invoice, 9_900).code == "invoice_amount_differs"
        assert titled.issue(invoice, 9_000).ok()["status"] == "issued"

    def test_cancel_it_when_nothing_is_left(self, titled: Desk) -> None:
        order = titled.completed()
        invoice = titled.ask(order).ok()["id"]
        titled.refund(order, 9_900)
        titled.drain(twice=True)
        assert service.load(invoice).status.value == "canceled"

    def test_what_is_issued_is_to_be_reversed(self, titled: Desk) -> None:
        order = titled.completed()
        invoice = titled.ask(order).ok()["id"]
        titled.issue(invoice, 9_900).ok()
        titled.refund(order, 900)
        titled.refund(order, 100, "t2")
        titled.drain(twice=True)
        (due,) = titled.staff.get("/admin/invoices?status=to_reverse").ok()["items"]
        assert (due["id"], due["amount"], due["left_amount"]) == (invoice, 9_900, 8_900)
        titled.staff.post(f"/admin/invoices/{invoice}/reverse", json={"red_number": "26332000000012345679"}).ok()
        assert titled.ask(order).ok()["amount"] == 8_900

    def test_two_refunds_at_once(self, titled: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        order = titled.completed()
        titled.issue(titled.ask(order).ok()["id"], 9_900).ok()
        titled.refund(order, 900)
        titled.drain()
        honest, late = service.payable_amount, [100]

        def meanwhile(payment: Payment | None) -> int:
            amount = honest(payment)
            if late:
                titled.refund(order, late.pop(), "t3")
                with Transaction() as tx:
                    service.follow_refund(tx, order.member_id, order.id)
            return amount

        titled.refund(order, 1_000, "t2")
        monkeypatch.setattr(service, "payable_amount", meanwhile)
        with pytest.raises(InvoiceMoved), Transaction() as tx:
            service.follow_refund(tx, order.member_id, order.id)
        titled.drain()
        assert service.of_order(order.id)[0].left_amount == 7_900

    def test_deaths(self, titled: Desk, sweep: Do) -> None:
        made: list[Order] = []

        def prepare() -> None:
            titled.cloud.memory.clear()
            titled.buyer.post("/me/invoice-titles", json=PERSON).ok()
            made[:] = [titled.completed()]
            titled.issue(titled.ask(made[0]).ok()["id"], 9_900).ok()

        def check() -> None:
            if service.payable_amount(Payment.find(made[0].payment_id or "", consistent=True)) == 9_900:
                titled.refund(made[0], 900)
            sweep(redeliver=True)
            (invoice,) = service.of_order(made[0].id)
            assert (invoice.status.value, invoice.amount, invoice.left_amount) == ("to_reverse", 9_900, 9_000)

        def act() -> None:
            titled.refund(made[0], 900)
            titled.drain()

        every_death(prepare, act, check)


def test_a_copy_of_what_is_kept(titled: Desk) -> None:
    titled.ask(titled.completed()).ok()
    copy = service.export(MEMBER)
    assert [each.get("name") or each.get("amount") for each in copy] == ["思屿科技", 9900]
    assert len(list(Invoice.by_member.query(MEMBER))) == 1
