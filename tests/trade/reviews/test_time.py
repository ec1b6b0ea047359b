"""Reminders, and what time does to orders that nobody reviewed."""

from __future__ import annotations

import pytest

from chalicelib.core.settings import settings
from chalicelib.trade.reviews.automatic import service as automatic
from infra.local.partners import Partners
from tests.growth.notifications.factories import Buyer, buyer, messages_of
from tests.trade.reviews.conftest import Shop
from tests.trade.reviews.factories import counted, product, received, shopper, staff_token, stored


def told(shop: Shop, person: Buyer, kind: str, title: str) -> None:
    """Staff map the kind, and the person agrees to one message."""
    template_id = shop.partners.wechat.messages.template_of(title).id
    staff = shop.http.as_(staff_token("notifications.write"))
    staff.put(f"/admin/notifications/kinds/{kind}", json={"template_id": template_id}).ok()
    shop.partners.wechat.messages.ask(person.openid, {template_id: "accept"})
    shop.partners.wechat.pushes.deliver_due()
    shop.http.as_(person.token).post(
        "/me/subscriptions", json={"results": [{"template_id": template_id, "result": "accept"}]}
    ).ok()


def shown(partners: Partners, person: Buyer) -> list[dict[str, str]]:
    return [each.data for each in partners.wechat.messages.of(person.openid)]


def test_the_buyer_is_reminded_once(shop: Shop) -> None:
    person = buyer()
    told(shop, person, "review_due", "评价提醒")
    order = received(person.member, product(), told=True)
    shop.drain()
    shop.later(days=2.9)
    assert shown(shop.partners, person) == []
    shop.later(days=0.2)
    shop.later(days=1)
    (data,) = shown(shop.partners, person)
    assert data["character_string1"] == order.number


def test_who_has_reviewed_is_left_in_peace(shop: Shop) -> None:
    person = buyer()
    told(shop, person, "review_due", "评价提醒")
    order = received(person.member, product(), told=True)
    shop.drain()
    shop.publish(person.member, order.id)
    shop.later(days=4)
    assert [each for each in messages_of(person) if each.kind == "review_due"] == []


def test_an_answer_is_told_once(shop: Shop) -> None:
    person = buyer()
    told(shop, person, "review_replied", "评价回复通知")
    order = received(person.member, product())
    made = shop.publish(person.member, order.id)
    for text in ("谢谢您的喜欢，" * 5, "改了"):
        shop.staff.put(f"/admin/members/{person.id}/reviews/{made['id']}/reply", json={"text": text}).ok()
        shop.drain(twice=True)
    (data,) = shown(shop.partners, person)
    assert data["thing2"].startswith("谢谢您的喜欢")
    assert len(data["thing2"]) <= 20


def test_silence_is_marked_and_is_no_review(shop: Shop) -> None:
    person, spoken, silent = shopper(), product("spoken"), product("silent")
    order = received(person, spoken, silent, silent, told=True)
    shop.drain()
    shop.publish(person, order.id, line=0, stars=3)
    shop.later(days=29.9)
    assert len(stored(person)) == 1
    shop.later(days=0.2, twice=True)
    marks = [each for each in stored(person) if each.automatic]
    assert [(each.line, each.status) for each in marks] == [(1, "shown"), (2, "shown")]
    assert (shop.page(silent.id), counted(silent)) == ([], {"automatic": 2})
    assert shop.summary(silent.id)["count"] == 0
    assert shop.as_(person).get("/me/points").ok()["usable"] == 150 + 10  # the order's, and one review's
    assert shop.write(person, order.id, line=1).code == "review_too_late"


def test_a_mark_may_be_appended_to_and_is_then_seen(shop: Shop) -> None:
    person, item = shopper(), product()
    received(person, item, told=True)
    shop.drain()
    shop.later(days=30.1)
    (mark,) = stored(person)
    shop.as_(person).post(f"/me/reviews/{mark.id}/append", json={"text": "很好用"}).ok()
    shop.hear()
    (seen,) = shop.page(item.id)
    assert (seen["automatic"], seen["append_text"]) == (True, "很好用")
    assert shop.summary(item.id)["count"] == 0


def test_more_lines_than_one_message_marks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automatic, "AT_ONCE", 2)
    person = shopper()
    received(person, *(product(f"p{n}") for n in range(5)), told=True)
    shop.drain()
    shop.later(days=30.1)
    assert len(stored(person)) == 5


def test_a_mall_without_marks(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIYU_AUTO_REVIEW", "false")
    settings.cache_clear()
    person = shopper()
    received(person, told=True)
    shop.drain()
    shop.later(days=40)
    assert stored(person) == []


def test_a_closed_account_is_not_marked(shop: Shop) -> None:
    person = shopper()
    received(person, told=True)
    shop.drain()
    shop.as_(person).delete("/me", query={"confirm": True}).ok()
    shop.drain()
    shop.later(days=31)
    assert stored(person) == []
