"""A buyer reviews what they received, once, and adds to it, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.trade.orders.models import Order, OrderStatus
from tests.trade.payments.factories import now_of
from tests.trade.reviews.conftest import Shop
from tests.trade.reviews.factories import product, received, shopper, stored, upload


def test_a_story(shop: Shop) -> None:
    buyer, item = shopper(), product()
    order = received(buyer, item)
    before = shop.as_(buyer).get(f"/orders/{order.id}/reviews").ok()
    assert [(each["may_review"], each["may_append"]) for each in before["lines"]] == [(True, False)]
    said = {"text": "很软\n尺寸正好", "tags": ["质量好"], "pictures": [upload(shop.as_(buyer))]}
    made = shop.write(buyer, order.id, **said).ok()
    assert (made["status"], made["stars"], len(made["pictures"])) == ("waiting", 5, 1)
    assert shop.page(item.id) == []
    shop.hear()
    (seen,) = shop.page(item.id)
    assert (seen["text"], seen["tags"], seen["pictures"]) == (said["text"], ["质量好"], made["pictures"])
    assert order.id not in str(seen)
    shop.clock.move(days=3)
    shop.as_(buyer).post(f"/me/reviews/{made['id']}/append", json={"text": "用了几天还是很好"}).ok()
    assert shop.page(item.id)[0]["append_text"] is None
    shop.hear()
    (seen,) = shop.page(item.id)
    assert (seen["append_text"], seen["append_days"]) == ("用了几天还是很好", 3)
    (mine,) = shop.as_(buyer).get("/me/reviews").ok()["items"]
    assert (mine["status"], mine["append_status"]) == ("shown", "shown")
    after = shop.as_(buyer).get(f"/orders/{order.id}/reviews").ok()
    assert [(each["may_review"], each["may_append"]) for each in after["lines"]] == [(False, False)]


def test_each_line_is_one_review(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer, product("a"), product("b"))
    shop.write(buyer, order.id, line=1, stars=2).ok()
    shop.write(buyer, order.id, line=0, stars=4).ok()
    with shop.cloud.unchanged():
        assert shop.write(buyer, order.id, line=1).code == "already_reviewed"
    assert sorted((each.line, each.stars) for each in stored(buyer)) == [(0, 4), (1, 2)]


def unfinished(order: Order) -> None:
    order.status = OrderStatus.SHIPPED
    order.save()


def gone(order: Order) -> None:
    order.refunded_units = {"0": order.lines[0].quantity}
    order.save()


def gift(order: Order) -> None:
    order.lines = [order.lines[0].model_copy(update={"given": True})]
    order.save()


@pytest.mark.parametrize(
    ("spoil", "code"), [(unfinished, "order_not_received"), (gone, "nothing_to_review"), (gift, "nothing_to_review")]
)
def test_what_can_not_be_reviewed(shop: Shop, spoil: Any, code: str) -> None:
    buyer = shopper()
    order = received(buyer)
    spoil(order)
    with shop.cloud.unchanged():
        assert shop.write(buyer, order.id).code == code
        (line,) = shop.as_(buyer).get(f"/orders/{order.id}/reviews").ok()["lines"]
    assert not line["may_review"]


def test_a_part_of_the_pieces_that_stayed_is_enough(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer, product(), quantity=3)
    order.refunded_units = {"0": 2}
    order.save()
    shop.write(buyer, order.id).ok()


def test_until_the_very_moment_and_no_longer(shop: Shop) -> None:
    buyer = shopper()
    first, second = received(buyer, product("a")), received(buyer, product("b"))
    shop.clock.move(days=30, milliseconds=-1)
    shop.write(buyer, first.id).ok()
    with shop.cloud.unchanged():
        reply = shop.write(buyer, second.id)
    assert (reply.status, reply.code) == (409, "review_too_late")


def test_adding_has_its_time_too(shop: Shop) -> None:
    buyer = shopper()
    made = shop.write(buyer, received(buyer).id).ok()
    shop.clock.move(days=181)
    with shop.cloud.unchanged():
        assert append(shop, buyer, made["id"]).code == "review_too_late"


def append(shop: Shop, buyer: Any, review_id: str, **said: Any) -> Any:
    return shop.as_(buyer).post(f"/me/reviews/{review_id}/append", json={"text": "补充", **said})


def test_adding_is_done_once(shop: Shop) -> None:
    buyer = shopper()
    made = shop.write(buyer, received(buyer).id).ok()
    append(shop, buyer, made["id"]).ok()
    with shop.cloud.unchanged():
        assert append(shop, buyer, made["id"], text="又来").code == "already_appended"


def test_others_orders_and_reviews_are_not_found(shop: Shop) -> None:
    buyer, other = shopper("one"), shopper("two")
    order = received(buyer)
    made = shop.write(buyer, order.id).ok()
    with shop.cloud.unchanged():
        assert shop.write(other, order.id).status == 404
        assert shop.as_(other).get(f"/orders/{order.id}/reviews").status == 404
        assert append(shop, other, made["id"]).code == "review_not_found"
    assert shop.as_(other).get("/me/reviews").ok()["items"] == []


@pytest.mark.parametrize(
    "said",
    [
        {"stars": 0},
        {"stars": 6},
        {"line": -1},
        {"line": 200},
        {"text": "x" * 501},
        {"text": ""},
        {"text": "a\x00b"},
        {"tags": ["x"] * 6},
        {"tags": ["a#b"]},
        {"pictures": ["uploads/image/202611/../../secret.jpg"]},
        {"pictures": [f"uploads/image/202611/{n:032x}.jpg" for n in range(10)]},
        {"anonymous": "maybe"},
        {"automatic": True},
    ],
)
def test_bad_words_are_refused(shop: Shop, said: dict[str, Any]) -> None:
    buyer = shopper()
    order = received(buyer)
    with shop.cloud.unchanged():
        reply = shop.write(buyer, order.id, **said)
    assert (reply.status, reply.code) == (422, "invalid")


def test_other_refusals(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer)
    with shop.cloud.unchanged():
        assert shop.write(buyer, order.id, line=7).code == "order_line_not_found"
        assert shop.write(buyer, order.id, tags=["没有的"]).code == "unknown_review_tag"
        missing = f"uploads/image/202611/{1:032x}.png"
        assert shop.write(buyer, order.id, pictures=[missing]).code == "upload_not_found"
        assert append(shop, buyer, "ord_1-0").code == "review_not_found"
    fake = upload(shop.as_(buyer), b"<script>" * 20)
    assert shop.write(buyer, order.id, pictures=[fake]).code == "unsupported_media"
    assert stored(buyer) == []


def test_a_closed_account_writes_nothing(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer)
    client = shop.as_(buyer)
    client.delete("/me", query={"confirm": True}).ok()
    shop.drain()
    with shop.cloud.unchanged():
        assert client.post(f"/orders/{order.id}/reviews", json={"line": 0, "stars": 1}).code == "unauthorized"


@pytest.mark.dynoxide
def test_two_taps_at_once(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer)
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda stars: shop.write(buyer, order.id, stars=stars), (1, 2, 4, 5)))
    assert sorted(each.status for each in replies) == [201, 409, 409, 409]
    (review,) = stored(buyer)
    won = next(each for each in replies if each.status == 201)
    assert review.stars == won.json["stars"]


def test_who_wrote_is_read_as_it_is_now(shop: Shop) -> None:
    buyer, hidden, item = shopper("one"), shopper("two"), product()
    for each, name in ((buyer, "小屿"), (hidden, "王小明")):
        shop.as_(each).patch("/me", json={"nickname": name}).ok()
    shop.publish(buyer, received(buyer, item).id)
    shop.publish(hidden, received(hidden, item).id, anonymous=True)
    assert [each["writer"] for each in shop.page(item.id)] == ["匿名用户", "小屿"]
    shop.as_(buyer).delete("/me", query={"confirm": True}).ok()
    assert [each["writer"] for each in shop.page(item.id)] == ["匿名用户", "匿名用户"]
    shop.drain(twice=True)
    assert [each.anonymous for each in stored(buyer)] == [True]
    assert len(shop.page(item.id)) == 2


def test_the_copy_of_personal_data_has_them(shop: Shop) -> None:
    buyer = shopper()
    shop.write(buyer, received(buyer).id).ok()
    (mine,) = shop.as_(buyer).get("/me/export").ok()["parts"]["reviews"]
    assert mine["text"] == "很软，尺寸正好"


def test_the_order_stays_as_it_was(shop: Shop) -> None:
    buyer = shopper()
    order = received(buyer)
    shop.publish(buyer, order.id)
    assert now_of(order).version == order.version
