"""Codes, posters and messages that bring friends, and the starter back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.growth.campaigns.assist.notices.service import ASSIST_COMPLETE, ASSIST_HELPED
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.posters.models import Poster
from infra.local.partners import Partners
from tests.growth.campaigns.assist.factories import HELPS, Party, party, stored
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.friends import new_friend
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


def test_a_code_and_a_poster(shop: Party, partners: Partners, drain: Do) -> None:
    product = Product.find(shop.product.id)
    assert product is not None
    product.pictures = [picture(photo("tea"))]
    product.save()
    assist, buyer_ = shop.start(), shop.counter.buyer
    shared = buyer_.post(f"/assists/{assist['id']}/shares", json={"poster": True}).ok()
    link = shop.http.get(f"/links/{shared['code']}").ok()
    assert (link["page"], link["parameters"]) == ("pages/help/detail", {"id": assist["id"]})
    assert (link["sharer_id"], link["campaign_id"]) == (shop.counter.shopper.id, shop.campaign["id"])
    drain()
    shown = buyer_.get(f"/posters/{shared['poster']['id']}").ok()
    assert (shown["template_id"], picture_of(shown).size) == ("help", (shown["width"], shown["height"]))
    poster = Poster.find(shop.counter.shopper.id, shown["id"])
    assert poster is not None
    assert (poster.content.texts["note"], poster.content.amounts["price"]) == ("3人助力，1元带走", 100)


def test_what_is_complete_is_not_shared(shop: Party, cloud: Cloud) -> None:
    assist, buyer_ = shop.start(), shop.counter.buyer
    shop.complete(assist)
    with cloud.unchanged():
        assert buyer_.post(f"/assists/{assist['id']}/shares", json={}).code == "assist_over"


def test_the_starter_is_told(
    shop: Party, http: Client, partners: Partners, cloud: Cloud, frozen: MovableClock, drain: Do, sweep: Do
) -> None:
    phone, person = Shop(http, partners, cloud, frozen, drain, sweep), buyer("starter")
    phone.tell("assist_helped", "assist_complete")
    for _ in range(3):
        phone.agree(person, "assist_helped", "assist_complete")
    assist = shop.start(Counter(shop.http, person.member))
    for number in range(HELPS):
        shop.help(assist, new_friend(f"friend-{number}"))
        drain(twice=True)
    shown = phone.shown(person)
    assert sorted(each.data.get("number2", "") for each in shown) == ["", "1", "2"]
    assert [each.data["amount2"] for each in shown if "amount2" in each.data] == ["¥1.00"]
    assert {each.page for each in shown} == {f"pages/help/detail?id={assist['id']}"}
    for kind in (ASSIST_HELPED, ASSIST_COMPLETE):
        assert set(kind.fields.values()) <= set(kind.variables)
    assert stored(assist).help_count == HELPS
