"""Staff look through reviews, decide and answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.trade.reviews.conftest import Shop
from tests.trade.reviews.factories import counted, product, received, shopper, staff_token, stored


def ids(shop: Shop, **query: Any) -> list[str]:
    return [each["id"] for each in shop.staff.get("/admin/reviews", query=query).ok()["items"]]


def test_looking_through(shop: Shop) -> None:
    buyer, one, two = shopper(), product("one"), product("two")
    order = received(buyer, one, two)
    shown = shop.publish(buyer, order.id, line=0)["id"]
    held = shop.publish(buyer, order.id, line=1, text="违禁")["id"]
    assert ids(shop) == [held]
    assert ids(shop, status="shown") == [shown]
    assert ids(shop, status="hidden") == []
    assert ids(shop, product_id=two.id) == [held]
    assert ids(shop, product_id=two.id, status="shown") == []
    assert ids(shop, order_number=order.number) == [shown, held]
    assert shop.staff.get("/admin/reviews", query={"order_number": "1" * 20}).code == "order_not_found"
    assert shop.staff.get("/admin/reviews", query={"order_number": order.number, "status": "held"}).status == 422


def test_hiding_and_showing_again(shop: Shop) -> None:
    buyer, item = shopper(), product()
    made, other = shop.publish(buyer, received(buyer, item).id), shopper("other")
    shop.decide(made, buyer, show=False, reason="含有联系方式").ok()
    assert (shop.page(item.id), counted(item)) == ([], {})
    (mine,) = shop.as_(buyer).get("/me/reviews").ok()["items"]
    assert mine["status"] == "hidden"
    with shop.cloud.unchanged():
        assert shop.decide(made, buyer, show=False, reason="再一次").code == "review_already_decided"
        assert shop.decide(made, buyer, show=False).status == 422
        assert shop.decide(made, buyer, part="append", show=True).code == "nothing_appended"
        assert shop.decide({"id": "ord_x-0"}, buyer, show=True).code == "review_not_found"
        assert shop.decide(made, other, show=True).code == "review_not_found"
    shop.decide(made, buyer, show=True).ok()
    assert counted(item) == {"stars_5": 1}


def test_answering(shop: Shop) -> None:
    buyer, item = shopper(), product()
    made = shop.publish(buyer, received(buyer, item).id)
    path = f"/admin/members/{buyer.id}/reviews/{made['id']}/reply"
    shop.staff.put(path, json={"text": "谢谢"}).ok()
    shop.staff.put(path, json={"text": "谢谢您"}).ok()
    assert [each["reply"] for each in shop.page(item.id)] == ["谢谢您"]
    with shop.cloud.unchanged():
        assert shop.staff.put(path, json={"text": ""}).status == 422
        assert shop.staff.put(path.replace("ord_", "odr_"), json={"text": "好"}).code == "review_not_found"
    shop.decide(made, buyer, show=False, reason="广告").ok()
    with shop.cloud.unchanged():
        assert shop.staff.put(path, json={"text": "好"}).code == "review_not_shown"


def test_permissions(shop: Shop) -> None:
    buyer = shopper()
    made = shop.publish(buyer, received(buyer).id)
    reader = shop.http.as_(staff_token("reviews.read"))
    path = f"/admin/members/{buyer.id}/reviews/{made['id']}"
    assert reader.get("/admin/reviews").status == 200
    with shop.cloud.unchanged():
        assert reader.post(f"{path}/decisions", json={"show": False, "reason": "x"}).status == 403
        assert reader.put(f"{path}/reply", json={"text": "x"}).status == 403
        assert reader.put("/admin/review-tags", json={"tags": []}).status == 403


@pytest.mark.dynoxide
def test_two_decide_at_once(shop: Shop) -> None:
    buyer, item = shopper(), product()
    made = shop.publish(buyer, received(buyer, item).id, text="违禁")
    staff = shop.staff
    path = f"/admin/members/{buyer.id}/reviews/{made['id']}/decisions"
    wishes = [{"show": True}, {"show": False, "reason": "广告"}] * 2
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda wish: staff.post(path, json=wish), wishes))
    (review,) = stored(buyer)
    assert counted(item) == ({"stars_5": 1} if review.status == "shown" else {})
