"""What becomes of a request for an invoice is told to its buyer, once, and while it is true."""

from __future__ import annotations

import pytest

from tests.growth.notifications.factories import Buyer, buyer, messages_of
from tests.trade.invoices.conftest import COMPANY, Desk
from tests.trade.payments.factories import staff_token

REASON = "抬头与税号不符，请核对后重新申请，谢谢您的理解"


@pytest.fixture
def person(desk: Desk) -> Buyer:
    """Who agreed to one message of each kind."""
    made, messages = buyer(), desk.partners.wechat.messages
    desk.member_id = made.id
    mapper, results = desk.http.as_(staff_token("notifications.write")), []
    for kind, title in (
        ("invoice_issued", "发票开具通知"),
        ("invoice_rejected", "发票申请驳回通知"),
        ("invoice_reversed", "发票红冲通知"),
    ):
        template_id = messages.template_of(title).id
        mapper.put(f"/admin/notifications/kinds/{kind}", json={"template_id": template_id}).ok()
        messages.ask(made.openid, {template_id: "accept"})
        results.append({"template_id": template_id, "result": "accept"})
    desk.partners.wechat.pushes.deliver_due()
    desk.http.as_(made.token).post("/me/subscriptions", json={"results": results}).ok()
    desk.buyer.post("/me/invoice-titles", json=COMPANY).ok()
    return made


def told(desk: Desk, person: Buyer) -> list[tuple[str, dict[str, str]]]:
    desk.drain(twice=True)
    return [(each.page, each.data) for each in desk.partners.wechat.messages.of(person.openid)]


def test_issued_with_the_way_to_its_file(desk: Desk, person: Buyer) -> None:
    invoice = desk.ask(desk.completed()).ok()
    assert told(desk, person) == []
    desk.issue(invoice["id"], 9_900).ok()
    ((page, data),) = told(desk, person)
    assert page == f"pages/invoice/show?id={invoice['id']}"
    assert (data["character_string1"], data["thing2"], data["amount3"]) == (
        invoice["order_number"],
        "思屿科技",
        "¥99.00",
    )


def test_rejected_and_why(desk: Desk, person: Buyer) -> None:
    invoice = desk.ask(desk.completed()).ok()
    desk.staff.post(f"/admin/invoices/{invoice['id']}/reject", json={"reason": REASON}).ok()
    ((_, data),) = told(desk, person)
    assert data["thing3"] == REASON[:19] + "…"


def test_reversed(desk: Desk, person: Buyer) -> None:
    invoice = desk.ask(desk.completed()).ok()
    desk.issue(invoice["id"], 9_900).ok()
    desk.staff.post(f"/admin/invoices/{invoice['id']}/reverse", json={"red_number": "26332000000012345679"}).ok()
    assert [each.kind for each in messages_of(person)] == []
    ((_, data),) = told(desk, person)
    assert data["amount3"] == "¥99.00", "that it was issued is not true any more, and not told"


def test_who_has_asked_anew_is_left_in_peace(desk: Desk, person: Buyer) -> None:
    order = desk.completed()
    invoice = desk.ask(order).ok()
    desk.staff.post(f"/admin/invoices/{invoice['id']}/reject", json={"reason": REASON}).ok()
    again = desk.ask(order).ok()
    desk.staff.post(f"/admin/invoices/{again['id']}/reject", json={"reason": "还是不符"}).ok()
    ((page, data),) = told(desk, person)
    assert (page, data["thing3"]) == (f"pages/invoice/show?id={again['id']}", "还是不符")


def test_who_waits_for_another_is_left_in_peace(desk: Desk, person: Buyer) -> None:
    order = desk.completed()
    invoice = desk.ask(order).ok()
    desk.staff.post(f"/admin/invoices/{invoice['id']}/reject", json={"reason": REASON}).ok()
    desk.ask(order).ok()
    assert told(desk, person) == []
