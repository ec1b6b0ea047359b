"""Any campaign is sent on: a code and a poster that carry campaign and sharer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.mall.posters.models import Poster
from infra.local.partners import Partners
from tests.growth.campaigns.factories import Booth, at, item
from tests.growth.campaigns.lucky_draw import factories as draws
from tests.harness import Cloud, MovableClock, Reply
from tests.loyalty.factories import Counter
from tests.mall.posters.factories import photo, picture_of, stored
from tests.trade import factories

Do = Callable[..., Any]
DISCOUNT = "limited_discount"


def try_share(who: Counter, campaign: Any, **body: Any) -> Reply:
    return who.buyer.post(f"/campaigns/{campaign['id']}/shares", json=body)


def content_of(who: Counter, shared: Any) -> Any:
    found = Poster.find(who.shopper.id, shared["poster"]["id"])
    assert found is not None
    return found.content


def test_a_draw_is_sent_on_and_earns_a_chance(counter: Counter, booth: Booth, partners: Partners, drain: Do) -> None:
    """Without goods there is no picture and no price: the words are the poster."""
    campaign = draws.run(booth, free_daily=0, by_share={"daily_max": 1})
    shared = try_share(counter, campaign, poster=True).ok()
    link = counter.http.get(f"/links/{shared['code']}").ok()
    assert (link["page"], link["parameters"]) == ("pages/campaign/detail", {"id": campaign["id"]})
    assert (link["sharer_id"], link["campaign_id"]) == (counter.shopper.id, campaign["id"])
    drain()
    shown = counter.buyer.get(f"/posters/{shared['poster']['id']}").ok()
    assert (shown["template_id"], picture_of(shown).size) == ("campaign", (shown["width"], shown["height"]))
    content = content_of(counter, shared)
    assert (content.amounts, "picture" in content.pictures) == ({}, False)
    assert (content.texts["label"], content.texts["note"]) == ("抽奖", booth.show(campaign)["words"])
    assert content.texts["summary"] == "11月24日—11月25日"

    friend = Counter(counter.http, factories.shopper("friend"))
    friend.buyer.get(f"/links/{shared['code']}").ok()
    drain()
    assert (draws.chances(counter, campaign), draws.chances(friend, campaign)) == (1, 0)


def test_goods_with_their_price(counter: Counter, booth: Booth, partners: Partners, drain: Do) -> None:
    quilt, towel = factories.product(price=12_000), factories.product("towel", price=3000)
    towel.pictures = [stored(photo())]
    towel.save()
    window = {"starts_at": "2026-11-25T00:00:00+08:00", "ends_at": "2026-11-26T00:00:00+08:00"}
    campaign = booth.run(DISCOUNT, item(quilt, 9900), item(towel, 2000), **window)
    shared = try_share(counter, campaign, poster=True).ok()
    content = content_of(counter, shared)
    assert content.amounts == {"price": 2000, "market_price": 3000}
    assert (content.pictures["picture"], content.texts["summary"]) == (towel.pictures[0], "11月25日")
    drain()
    assert counter.buyer.get(f"/posters/{shared['poster']['id']}").ok()["status"] == "ready"
    assert try_share(counter, campaign, poster=True).ok()["code"] == shared["code"]


def test_its_own_picture_if_a_poster_may_use_it(counter: Counter, booth: Booth) -> None:
    towel = factories.product("towel", price=3000)
    towel.pictures = [stored(photo())]
    towel.save()
    own = stored(photo("tea"), "uploads/image/202611/own.jpg")
    pictures = [own, "https://elsewhere.example/a.jpg"]
    campaigns = [
        booth.run(DISCOUNT, item(towel, 2000), begins=48 * number, picture=url) for number, url in enumerate(pictures)
    ]
    shared = [try_share(counter, each, poster=True).ok() for each in campaigns]
    assert [content_of(counter, each).pictures["picture"] for each in shared] == [own, towel.pictures[0]]


def test_prices_that_are_hidden_stay_so(counter: Counter, booth: Booth) -> None:
    quilt = factories.product(price=12_000, list_at=clock.now() + timedelta(hours=1))
    assert quilt.list_at is not None
    window = {"starts_at": quilt.list_at.isoformat(), "ends_at": (quilt.list_at + timedelta(days=1)).isoformat()}
    campaign = booth.run("new_arrival", item(quilt, 9900), **window)
    content = content_of(counter, try_share(counter, campaign, poster=True).ok())
    assert (content.amounts, content.texts["note"]) == ({}, "新品首发")


def test_what_is_not_sent_on(counter: Counter, booth: Booth, frozen: MovableClock, cloud: Cloud) -> None:
    quilt = factories.product(price=12_000)
    draft = booth.draft(DISCOUNT, item(quilt, 9900))
    over = booth.run(DISCOUNT, item(quilt, 9900), lasts=1)
    stopped = booth.run("n_for_price", item(quilt), settings={"pieces": 2, "nth_off_bps": 5000})
    booth.step(stopped, "stop")
    who = counter.buyer
    frozen.set(at(over["ends_at"]) - timedelta(milliseconds=1))  # a request takes just that
    with cloud.unchanged():
        assert try_share(counter, draft).code == "campaign_not_found"
        assert try_share(counter, {"id": "cmp_none"}, poster=True).code == "campaign_not_found"
        for each in (over, stopped):
            assert try_share(counter, each, poster=True).code == "campaign_ended"
        assert counter.http.post(f"/campaigns/{over['id']}/shares", json={}).status == 401
        assert who.post(f"/campaigns/{over['id']}/shares", json={"template_id": "a b"}).status == 422


def test_another_template(counter: Counter, booth: Booth, cloud: Cloud) -> None:
    campaign = booth.run(DISCOUNT, item(factories.product(), 900))
    who = counter
    with cloud.unchanged():
        assert try_share(who, campaign, poster=True, template_id="cut").code == "poster_template_not_found"
