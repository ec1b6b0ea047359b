"""The least that any level pays, for whoever sets a price; and what staff see of a member that is none."""

from __future__ import annotations

from chalicelib.loyalty.membership.floors.service import MemberPriceFloor
from chalicelib.trade.pricing.floors.service import Goods, lowest
from tests.harness import Client, Cloud
from tests.loyalty.factories import staff
from tests.loyalty.membership.factories import ladder

GOODS = Goods("prd_1", "cat_1", "brd_1")
BENEFITS = {"silver": {"discount_bps": 9_500}, "gold": {"discount_bps": 9_000, "member_prices": True}}


def test_of_the_best_level(cloud: Cloud, http: Client) -> None:
    ladder(benefits=BENEFITS)
    assert MemberPriceFloor().most_off(GOODS, 10_000) == 1_000
    named = Goods("prd_1", "cat_1", "brd_1", prices={"member": 7_500})
    assert MemberPriceFloor().most_off(named, 10_000) == 2_500
    assert lowest(named, 10_000)[1]["member_price"] == 2_500


def test_nothing_beside_another_offered_price_or_where_it_may_not(cloud: Cloud, http: Client) -> None:
    ladder(benefits=BENEFITS, excluded_product_ids=["prd_2"])
    assert MemberPriceFloor().most_off(Goods("prd_1", "cat_1", "brd_1", is_offered=True), 10_000) == 0
    assert MemberPriceFloor().most_off(Goods("prd_2", "cat_1", "brd_1"), 10_000) == 0
    closed = Goods("prd_1", "cat_1", "brd_1", closed_to={"member_price", "points", "coupon"})
    assert lowest(closed, 10_000) == (10_000, {})


def test_nobodys_membership_is_not_found_whatever_the_id(cloud: Cloud, http: Client) -> None:
    clerk = staff(http, "membership.read")
    for name in ("mem_nobody", "%E4%BA%BA", "a.b"):
        assert clerk.get(f"/admin/members/{name}/membership").code == "not_found"
