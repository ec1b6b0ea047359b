"""Codes, posters and messages that bring friends, and the starter back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core.money import yuan
from chalicelib.growth.campaigns.bargain.notices.service import BARGAIN_CUT, BARGAIN_FLOOR
from chalicelib.growth.notifications.models import Message
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.posters.models import Poster
from infra.local.partners import Partners
from tests.growth.campaigns.bargain.factories import FLOOR, PRICE, Party, party, stored
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.friends import old_friend
from tests.growth.notifications.conftest import Shop
from tests.growth.notifications.factories import buyer
from tests.harness import Client, Cloud, MovableClock
from tests.loyalty.factories import Counter
from tests.mall.posters.factories import photo, picture_of
from tests.mall.posters.factories import stored as picture

Do = Callable[..., Any]


@pytest.fixture
def shop(booth: Booth, counter: Counter, frozen: MovableClock) -> Party:
    return party(booth, counter)


def share(who: Client, bargain: Any, **body: Any) -> Any:
    return who.post(f"/bargains/{bargain['id']}/shares", json=body).ok()


class TestShares:
    def test_a_code_names_bargain_campaign_and_sharer(self, shop: Party, cloud: Cloud) -> None:
        bargain, friend = shop.start(), old_friend()
        mine, theirs = share(shop.counter.buyer, bargain), share(shop.http.as_(friend.token), bargain)
        assert mine["code"] != theirs["code"]
        for code, sharer in ((mine["code"], shop.counter.shopper.id), (theirs["code"], friend.id)):
            link = shop.http.get(f"/links/{code}").ok()
            assert (link["page"], link["parameters"]) == ("pages/help/detail", {"id": bargain["id"]})
            assert (link["sharer_id"], link["campaign_id"]) == (sharer, shop.campaign["id"])
        with cloud.unchanged():
            assert share(shop.counter.buyer, bargain) == mine

    def test_a_poster(self, shop: Party, partners: Partners, drain: Do) -> None:
        product = Product.find(shop.product.id)
        assert product is not None
        product.pictures = [picture(photo())]
        product.save()
        bargain = shop.start()
        shared = share(shop.counter.buyer, bargain, poster=True)
        assert (shared["poster"]["status"], shared["poster"]["template_id"]) == ("pending", "cut")
        drain()
        shown = shop.counter.buyer.get(f"/posters/{shared['poster']['id']}").ok()
        assert picture_of(shown).size == (shown["width"], shown["height"])
        stored_poster = Poster.find(shop.counter.shopper.id, shown["id"])
        assert stored_poster is not None
        assert stored_poster.content.amounts == {"price": FLOOR, "market_price": PRICE}
        assert stored_poster.content.texts["note"] == "最低99.00元带走"
        link = shop.http.get(f"/links/{shown['short_code']}").ok()
        assert (link["parameters"], link["campaign_id"]) == ({"id": bargain["id"]}, shop.campaign["id"])
        assert share(shop.counter.buyer, bargain, poster=True)["poster"] == shown
        reply = shop.counter.buyer.post(
            f"/bargains/{bargain['id']}/shares", json={"poster": True, "template_id": "clean"}
        )
        assert reply.code == "poster_template_not_found"

    def test_what_is_over_is_not_shared(self, shop: Party, frozen: MovableClock, cloud: Cloud) -> None:
        bargain = shop.start()
        frozen.set(stored(bargain).ends_at - timedelta(milliseconds=1))
        buyer_ = shop.counter.buyer
        with cloud.unchanged():
            assert buyer_.post(f"/bargains/{bargain['id']}/shares", json={"poster": True}).code == "bargain_over"


class TestMessages:
    @pytest.fixture
    def phone(self, cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners, drain: Do, sweep: Do) -> Shop:
        return Shop(http, partners, cloud, frozen, drain, sweep)

    def test_the_starter_is_told_of_cuts_and_of_the_floor(self, phone: Shop, shop: Party) -> None:
        person = buyer("starter")
        phone.tell("bargain_cut", "bargain_floor")
        for _ in range(3):
            phone.agree(person, "bargain_cut", "bargain_floor")
        bargain = shop.start(Counter(shop.http, person.member))
        amounts = [shop.cut(bargain, old_friend(f"friend-{n}"))["amount"] for n in range(2)]
        phone.drain(twice=True)
        assert [each.status for each in Message.query(person.id)] == ["sent", "sent"]
        shop.cut(bargain, old_friend("last"))
        phone.drain(twice=True)
        shown = phone.shown(person)
        floor = [
            each for each in shown if each.page == f"pages/help/detail?id={bargain['id']}" and "time3" in each.data
        ]
        assert [each.data["amount2"] for each in floor] == ["¥99.00"]
        told = {each.data["amount2"] for each in shown if "amount3" in each.data}
        assert {f"¥{yuan(amount)}" for amount in amounts} <= told
        assert len(shown) == 4

    def test_what_is_bought_is_not_told_of(self, phone: Shop, shop: Party) -> None:
        person = buyer("starter")
        phone.tell("bargain_cut", "bargain_floor")
        phone.agree(person, "bargain_cut", "bargain_floor")
        owner = Counter(shop.http, person.member)
        bargain = shop.start(owner)
        for number in range(3):
            shop.cut(bargain, old_friend(f"friend-{number}"))
        owner.order(shop.line, bargain=bargain["id"])
        phone.drain()
        assert phone.shown(person) == []

    def test_the_kinds_say_what_they_are(self) -> None:
        for kind in (BARGAIN_CUT, BARGAIN_FLOOR):
            assert set(kind.fields.values()) <= set(kind.variables)
