"""What WeChat thinks of a review, and what becomes of it when WeChat is away."""

from __future__ import annotations

from typing import Any

import pytest

from tests.trade.reviews.conftest import Shop
from tests.trade.reviews.factories import counted, product, received, shopper, stored, upload


def status(buyer: Any) -> tuple[str, str | None]:
    (review,) = stored(buyer)
    return review.status, review.reason


@pytest.mark.parametrize(("text", "reason"), [("这里有违禁内容", "risky"), ("加微信领红包", "review")])
def test_bad_words_are_held_for_staff(shop: Shop, text: str, reason: str) -> None:
    buyer, item = shopper(), product()
    made = shop.publish(buyer, received(buyer, item).id, text=text)
    assert status(buyer) == ("held", reason)
    assert (shop.page(item.id), counted(item)) == ([], {})
    (listed,) = shop.staff.get("/admin/reviews").ok()["items"]
    assert (listed["id"], listed["reason"], listed["member_id"]) == (made["id"], reason, buyer.id)
    shop.decide(made, buyer, show=True).ok()
    assert [each["text"] for each in shop.page(item.id)] == [text]
    assert shop.staff.get("/admin/reviews").ok()["items"] == []


@pytest.mark.parametrize(("thought", "reason"), [("risky", "risky"), ("review", "review"), ("broken", "review")])
def test_a_bad_picture_holds_it(shop: Shop, thought: str, reason: str) -> None:
    buyer, item = shopper(), product()
    good, bad = upload(shop.as_(buyer)), upload(shop.as_(buyer))
    shop.partners.wechat.content.think(bad.rpartition("/")[2], thought, of="pictures")
    shop.publish(buyer, received(buyer, item).id, pictures=[good, bad])
    assert status(buyer) == ("held", reason)
    assert shop.page(item.id) == []


def test_it_is_shown_when_the_last_picture_has_passed(shop: Shop) -> None:
    buyer, item = shopper(), product()
    keys = [upload(shop.as_(buyer)) for _ in range(3)]
    shop.partners.wechat.content.keep_back(True)
    shop.publish(buyer, received(buyer, item).id, pictures=keys)
    assert status(buyer) == ("waiting", None)
    shop.partners.wechat.content.keep_back(False)
    shop.partners.wechat.pushes.deliver_due()
    shop.drain(twice=True)
    assert status(buyer) == ("shown", None)
    assert counted(item) == {"stars_5": 1, "pictures": 1}


def test_wechat_is_away_and_comes_back(shop: Shop) -> None:
    buyer, item = shopper(), product()
    shop.partners.faults.api("msg_sec_check", "500", 6)
    shop.publish(buyer, received(buyer, item).id)
    assert status(buyer) == ("held", "unreachable")
    shop.sweep(6)
    assert status(buyer) == ("held", "unreachable")
    shop.sweep(32)
    assert status(buyer) == ("shown", None)
    assert counted(item) == {"stars_5": 1}


def test_staff_decided_meanwhile(shop: Shop) -> None:
    buyer, item = shopper(), product()
    shop.partners.faults.api("msg_sec_check", "500", 3)
    made = shop.publish(buyer, received(buyer, item).id)
    shop.decide(made, buyer, show=False, reason="广告").ok()
    shop.sweep(6)
    assert status(buyer) == ("hidden", "广告")
    assert (shop.page(item.id), counted(item)) == ([], {})


def test_a_late_verdict_does_not_hide_what_staff_show(shop: Shop) -> None:
    buyer, item = shopper(), product()
    key = upload(shop.as_(buyer))
    shop.partners.wechat.content.think(key.rpartition("/")[2], "risky", of="pictures")
    shop.partners.wechat.content.keep_back(True)
    made = shop.publish(buyer, received(buyer, item).id, pictures=[key])
    shop.decide(made, buyer, show=True).ok()
    shop.partners.wechat.content.keep_back(False)
    shop.hear()
    assert status(buyer)[0] == "shown"


def test_what_is_added_is_checked_alone(shop: Shop) -> None:
    buyer, item = shopper(), product()
    made = shop.publish(buyer, received(buyer, item).id)
    shop.as_(buyer).post(f"/me/reviews/{made['id']}/append", json={"text": "加微信"}).ok()
    shop.hear()
    (review,) = stored(buyer)
    assert (review.status, review.append_status, review.append_reason) == ("shown", "held", "review")
    assert [each["append_text"] for each in shop.page(item.id)] == [None]
    assert [each["id"] for each in shop.staff.get("/admin/reviews").ok()["items"]] == [made["id"]]
    shop.decide(made, buyer, part="append", show=True).ok()
    assert [each["append_text"] for each in shop.page(item.id)] == ["加微信"]
    assert counted(item) == {"stars_5": 1, "appended": 1}


def test_points_and_tasks_once_and_only_for_what_is_shown(shop: Shop) -> None:
    buyer, item = shopper(), product()
    made = shop.publish(buyer, received(buyer, item).id, text="违禁")
    assert points(shop, buyer) == 0
    shop.decide(made, buyer, show=True).ok()
    shop.drain(twice=True)
    assert points(shop, buyer) == 10
    shop.decide(made, buyer, show=False, reason="再看看").ok()
    shop.decide(made, buyer, show=True).ok()
    shop.drain(twice=True)
    assert points(shop, buyer) == 10


def points(shop: Shop, buyer: Any) -> int:
    found: int = shop.as_(buyer).get("/me/points").ok()["usable"]
    return found


def test_deliveries_twice_change_nothing(shop: Shop) -> None:
    buyer, item = shopper(), product()
    shop.write(buyer, received(buyer, item).id, pictures=[upload(shop.as_(buyer))]).ok()
    shop.drain(twice=True)
    shop.partners.faults.push("doubled")
    shop.partners.wechat.pushes.deliver_due()
    shop.drain(twice=True)
    assert counted(item) == {"stars_5": 1, "pictures": 1}
    assert points(shop, buyer) == 10
