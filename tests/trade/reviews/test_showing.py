"""What everybody sees: filters, pages, numbers, the rating in search."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core import jobs
from chalicelib.mall.storefront.cards import service as cards
from chalicelib.trade.reviews.models import Part, ReviewCount, ReviewStatus
from chalicelib.trade.reviews.summary import service as summary
from tests.trade.reviews.conftest import Shop
from tests.trade.reviews.factories import counted, product, received, shopper, upload

S = ReviewStatus


def test_filters_and_pages(shop: Shop) -> None:
    item = product()
    for number, stars in enumerate((5, 5, 4, 1)):
        buyer = shopper(f"b{number}")
        pictures = [upload(shop.as_(buyer))] if number == 1 else []
        made = shop.publish(buyer, received(buyer, item).id, stars=stars, text=f"第{number}", pictures=pictures)
        if number == 3:
            shop.as_(buyer).post(f"/me/reviews/{made['id']}/append", json={"text": "换了"}).ok()
            shop.hear()
    assert [each["text"] for each in shop.page(item.id)] == ["第3", "第2", "第1", "第0"]
    assert [each["text"] for each in shop.page(item.id, stars=5)] == ["第1", "第0"]
    assert [each["text"] for each in shop.page(item.id, pictures="true")] == ["第1"]
    assert [each["text"] for each in shop.page(item.id, appended="true")] == ["第3"]
    first = shop.http.get(f"/products/{item.id}/reviews", query={"limit": 3}).ok()
    rest = shop.http.get(f"/products/{item.id}/reviews", query={"limit": 3, "cursor": first["cursor"]}).ok()
    assert [each["text"] for each in first["items"] + rest["items"]] == ["第3", "第2", "第1", "第0"]
    for query in ({"stars": 6}, {"stars": 1, "pictures": "true"}, {"limit": 1000}, {"cursor": "x"}):
        assert shop.http.get(f"/products/{item.id}/reviews", query=query).status == 422
    numbers = shop.summary(item.id)
    assert (numbers["count"], numbers["stars"]) == (4, [1, 0, 0, 1, 2])
    assert (numbers["average_stars_bps"], numbers["good_bps"]) == (37_500, 7_500)
    assert (numbers["with_pictures"], numbers["appended"], numbers["automatic"]) == (1, 1, 0)


def test_tags_are_counted(shop: Shop) -> None:
    item = product()
    shop.staff.put("/admin/review-tags", json={"tags": ["好看", "好看", "耐用"]}).ok()
    for name, tags in (("a", ["耐用"]), ("b", ["耐用", "好看", "好看"])):
        shop.publish(shopper(name), received(shopper(name), item).id, tags=tags)
    assert shop.summary(item.id)["tags"] == [{"tag": "耐用", "count": 2}, {"tag": "好看", "count": 1}]


def test_a_product_without_reviews(shop: Shop) -> None:
    assert shop.page("prd_none") == []
    assert shop.summary("prd_none")["average_stars_bps"] == 0


def test_the_rating_reaches_search(shop: Shop) -> None:
    best, good, bad = (product(name) for name in ("best", "good", "bad"))
    for item, stars in ((best, 5), (good, 4), (bad, 1)):
        for number in range(2):
            buyer = shopper(f"{item.code}{number}")
            shop.publish(buyer, received(buyer, item).id, stars=stars)
    jobs.run("refresh_search_index")
    shop.clock.move(seconds=120)
    listed = shop.http.get("/products", query={"sort": "rating"}).ok()["items"]
    assert [(each["id"], each["review_count"], each["average_stars_bps"]) for each in listed] == [
        (best.id, 2, 50_000),
        (good.id, 2, 40_000),
        (bad.id, 2, 10_000),
    ]
    review = shop.staff.get("/admin/reviews", query={"product_id": bad.id}).ok()["items"][0]
    buyer = shopper(next(name for name in ("bad0", "bad1") if shopper(name).id == review["member_id"]))
    shop.decide(review, buyer, show=False, reason="广告").ok()
    shop.clock.move(seconds=120)
    jobs.run("refresh_search_index")
    shop.clock.move(seconds=120)
    (last,) = [
        each for each in shop.http.get("/products", query={"sort": "rating"}).ok()["items"] if each["id"] == bad.id
    ]
    assert last["review_count"] == 1


def test_one_happy_buyer_does_not_outshine_a_thousand() -> None:
    def score(count: int, average: int) -> int:
        card = cards.ProductCard.model_construct(review_count=count, average_stars_bps=average)
        return cards._score(card)

    assert score(0, 0) == 0
    assert score(1, 50_000) < score(1000, 48_000)
    assert score(1000, 48_000) < score(1000, 49_000) <= 10_000
    assert 0 < score(1, 10_000) < score(1, 20_000)


Moves = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(list(Part)), st.booleans()), max_size=12)


@settings(max_examples=6)
@given(moves=Moves)
def test_any_sequence_of_decisions_sums_to_what_is_shown(shop: Shop, moves: list[Any]) -> None:
    shop.cloud.memory.clear()
    vars(shop).pop("staff", None)
    item = product()
    reviews = []
    for number in range(3):
        buyer = shopper(f"b{number}")
        made = shop.write(buyer, received(buyer, item).id, stars=number + 2, tags=["质量好"]).ok()
        if number:
            shop.as_(buyer).post(f"/me/reviews/{made['id']}/append", json={"text": "补充"}).ok()
        reviews.append((buyer, made))
    for number, part, show in moves:
        buyer, made = reviews[number]
        shop.decide(made, buyer, part=part, show=show, **({} if show else {"reason": "测试"}))
    shown = shop.page(item.id)
    wanted: dict[str, int] = {}
    for each in shown:
        for name in (f"stars_{each['stars']}", "#质量好", *(["appended"] if each["append_text"] else [])):
            wanted[name] = wanted.get(name, 0) + 1
    assert counted(item) == wanted
    assert shop.summary(item.id)["count"] == len(shown)


def test_a_product_that_many_review_has_no_hot_item(shop: Shop) -> None:
    item = product()
    for number in range(40):
        review = shop_review(item.id, number)
        with summary.Transaction() as tx:
            summary.count(tx, review, (S.WAITING, None), (S.SHOWN, None))
    rows = list(ReviewCount.query(item.id))
    assert {row.id for row in rows} == {"#0", "#1", "#2", "#3"}
    assert sum(row.stars_5 for row in rows) == 40


def shop_review(product_id: str, number: int) -> Any:
    from chalicelib.trade.reviews.models import Review

    return Review(member_id=f"mem_{number}", id="x-0", product_id=product_id, stars=5, status=S.WAITING)
