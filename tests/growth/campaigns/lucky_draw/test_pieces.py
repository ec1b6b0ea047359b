"""Staff change how many of a prize there are while it is drawn for; the odds stay what was shown."""

from __future__ import annotations

from typing import Any

import pytest

from tests.growth.campaigns.factories import Booth, change_pieces, left
from tests.growth.campaigns.lucky_draw.factories import draw, given, run, throw, wheel
from tests.growth.campaigns.lucky_draw.factories import prizes as phones
from tests.growth.campaigns.lucky_draw.test_goods import PLAY, open_fair
from tests.harness import Cloud
from tests.loyalty.factories import Counter
from tests.trade import factories


def who(counter: Counter, number: int) -> Counter:
    return Counter(counter.http, factories.shopper(f"player-{number}"))


def shown(booth: Booth, counter: Counter, campaign: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """(stock, left) of the first prize: for staff, and for buyers."""
    desk = booth.staff.get(f"/admin/campaigns/{campaign['id']}/prizes").ok()["items"][0]
    page = wheel(counter, campaign)["prizes"][0]
    return (desk["stock"], desk["left"]), (page["stock"], page["left"])


def test_a_prize_without_goods(booth: Booth, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign = run(booth, prizes=phones(stock=1))
    throw(monkeypatch, 0)
    first = draw(who(counter, 1), campaign)
    assert (first["prize_id"], draw(who(counter, 2), campaign)["prize_id"]) == ("phone", "thanks")
    change_pieces(booth, campaign, 2, part="phone").ok()
    assert shown(booth, counter, campaign) == ((3, 2), (3, 2))
    third = draw(who(counter, 3), campaign)
    assert (third["prize_id"], third.get("table")) == ("phone", first.get("table"))
    assert change_pieces(booth, campaign, -2, "pieces-02", part="phone").code == "campaign_pieces_gone"
    assert change_pieces(booth, campaign, -4, "pieces-03", part="phone").code == "campaign_pieces_gone"
    change_pieces(booth, campaign, -1, "pieces-04", part="phone").ok()
    assert shown(booth, counter, campaign) == ((2, 0), (2, 0))
    assert (draw(who(counter, 4), campaign)["prize_id"], given(campaign)["phone"]) == ("thanks", 2)


def test_fewer_between_a_draws_read_and_its_commit(
    booth: Booth, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = run(booth, prizes=phones(stock=1))
    throw(monkeypatch, 0, meanwhile=lambda: change_pieces(booth, campaign, -1, part="phone").ok())
    assert (draw(counter, campaign)["prize_id"], given(campaign).get("phone")) == ("thanks", 0)


def test_a_prize_of_goods(booth: Booth, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    throw(monkeypatch, 0)
    fair = open_fair(counter, booth)
    for number in (1, 2):
        fair.win(who(counter, number))
    assert "goods" not in {name for name, value in draw(who(counter, 3), fair.campaign).items() if value}
    change_pieces(booth, fair.campaign, 3, part="quilt").ok()
    fair.win(who(counter, 4))
    fair.require_conserved()
    change_pieces(booth, fair.campaign, -1, "pieces-02", part="quilt", sku_id=fair.quilt.skus[0].id).ok()
    assert shown(booth, counter, fair.campaign) == ((4, 1), (4, 1))
    assert (left(fair.campaign, fair.quilt), factories.available(fair.quilt)) == (1, 6)
    assert change_pieces(booth, fair.campaign, -2, "pieces-03", part="quilt").code == "campaign_pieces_gone"
    fair.require_conserved()


def test_refusals(booth: Booth, counter: Counter, cloud: Cloud) -> None:
    fair = open_fair(counter, booth)
    version, staff = booth.show(fair.campaign)["version"], booth.staff
    with cloud.unchanged():
        for body, code in (
            ({"part": "thanks"}, "invalid"),
            ({"part": "other"}, "invalid"),
            ({"sku_id": fair.quilt.skus[0].id}, "invalid"),
            ({"part": "quilt", "sku_id": "sku_other"}, "invalid"),
            ({"part": "quilt", "delta": 9}, "out_of_stock"),
        ):
            sent = {"delta": 1, "version": version, **body}
            path = f"/admin/campaigns/{fair.campaign['id']}/pieces"
            assert staff.post(path, json=sent, key="pieces-01").code == code
    assert booth.show(fair.campaign)["play"] == PLAY
