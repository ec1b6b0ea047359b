"""Seats: one for each, no more than there are, for those whom the group is for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.loyalty.segments.models import MemberFacts, Segment, SegmentStatus
from chalicelib.loyalty.segments.rules.schemas import Condition
from tests.growth.campaigns.factories import Booth, fields, had, item, put_into, stored
from tests.growth.campaigns.group_buy.factories import (
    PRICE,
    TOGETHER,
    Friends,
    counts,
    group_id,
    group_of,
    groups_of,
    require_sound,
    run,
    seats_of,
)
from tests.harness import Cloud, MovableClock
from tests.trade import factories


@pytest.mark.dynoxide
def test_eight_join_the_last_seat_at_once(friends: Friends, booth: Booth) -> None:
    quilt = factories.product(price=PRICE, stock=20)
    campaign = run(booth, quilt, sizes=[2])
    group = friends.start("an", quilt)
    names = [f"m{number}" for number in range(8)]
    buyers = [friends.named(name) for name in names]

    def tap(number: int) -> Any:
        line = factories.line(quilt)
        return buyers[number].try_order(line, key=f"tap-last{number}", payable=TOGETHER, group_buy=group)

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(tap, range(8)))
    assert [each.status for each in replies].count(201) == 1
    assert {each.code for each in replies if each.status != 201} <= {"group_full", "too_busy"}
    assert counts(group) == ("open", 2, 1)
    assert len(seats_of(group)) == 2
    require_sound(campaign, quilt, 20)


def test_one_seat_for_each(friends: Friends, booth: Booth, cloud: Cloud) -> None:
    quilt = factories.product(price=PRICE)
    campaign = run(booth, quilt, sizes=[3])
    group = friends.start("an", quilt)
    with cloud.unchanged():
        assert friends.try_order("an", quilt, group).code == "already_in_group"
    order = friends.order("bo", quilt, group)
    assert friends.try_order("bo", quilt, group).code == "already_in_group"
    friends.cancel("bo", order)
    again = friends.order("bo", quilt, group)
    friends.pay("bo", again)
    assert counts(group) == ("open", 2, 2)
    require_sound(campaign, quilt, 10)


def test_a_full_group_has_no_seat(friends: Friends, booth: Booth, cloud: Cloud) -> None:
    quilt = factories.product(price=PRICE)
    run(booth, quilt, sizes=[2])
    group = friends.start("an", quilt)
    order = friends.order("bo", quilt, group)
    friends.named("cy")
    with cloud.unchanged():
        reply = friends.try_order("cy", quilt, group)
        assert (reply.status, reply.code) == (409, "group_full")
        # A tap with the price of a moment ago gets no single purchase instead.
        late = friends.named("cy").try_order(factories.line(quilt), key="tap-late1", payable=TOGETHER, group_buy=group)
        assert late.code == "group_full"
    friends.cancel("bo", order)
    friends.join("cy", quilt, group)
    assert counts(group) == ("complete", 2, 2)
    with cloud.unchanged():
        assert friends.try_order("bo", quilt, group).code == "group_over"


def test_forged_ids_are_not_found(friends: Friends, booth: Booth, cloud: Cloud) -> None:
    quilt = factories.product(price=PRICE)
    run(booth, quilt)
    discount = booth.run("limited_discount", item(factories.product("towel", price=3000), 900))
    an, staff = friends.client("an"), booth.staff
    with cloud.unchanged():
        for forged in ("grp_no", "grp_01jd0000000000000000000000"):
            assert friends.try_order("an", quilt, forged).code == "group_not_found"
            assert an.get(f"/groups/{forged}").code == "group_not_found"
            assert an.post(f"/groups/{forged}/leave").code == "group_not_found"
            assert an.post(f"/groups/{forged}/poster", json={}).code == "group_not_found"
            assert staff.get(f"/admin/groups/{forged}").code == "group_not_found"
        for none_of_groups in ("cmp_no", discount["id"]):
            assert an.get(f"/campaigns/{none_of_groups}/groups").code == "campaign_not_found"
        assert staff.get("/admin/campaigns/cmp_no/groups").code == "campaign_not_found"


def test_a_group_of_another_campaign(friends: Friends, booth: Booth, cloud: Cloud) -> None:
    quilt, towel = factories.product(price=PRICE), factories.product("towel", price=PRICE)
    run(booth, quilt)
    run(booth, towel)
    group = friends.start("an", quilt)
    friends.named("bo")
    with cloud.unchanged():
        assert friends.try_order("bo", towel, group).code == "not_for_group"


def test_only_for_its_segment(friends: Friends, booth: Booth, cloud: Cloud) -> None:
    rule = Condition.model_validate({"field": "order_count", "op": "at_least", "number": 1})
    Segment(id="seg_1", title="老客", rule=rule, status=SegmentStatus.ACTIVE, created_at=clock.now()).save()
    quilt = factories.product(price=PRICE)
    run(booth, quilt, segment_id="seg_1")
    an, bo = friends.named("an"), friends.named("bo")
    put_into(an.shopper.id, "seg_1")
    group = friends.start("an", quilt)
    put_into(bo.shopper.id, "seg_2")
    with cloud.unchanged():
        assert friends.try_order("bo", quilt, group).code == "not_for_group"
        assert friends.try_order("bo", quilt).code == "not_for_group"


def test_old_brings_new(friends: Friends, booth: Booth, cloud: Cloud, drain: Any) -> None:
    quilt = factories.product(price=PRICE)
    campaign = run(booth, quilt, sizes=[2], newcomers_only=True)
    old = friends.named("an").shopper.id
    MemberFacts(member_id=old, order_count=3, version=1).save()
    MemberFacts(member_id=friends.named("bo").shopper.id, order_count=1, version=1).save()
    group = friends.start("an", quilt)
    with cloud.unchanged():
        assert friends.try_order("bo", quilt, group).code == "newcomers_only"
    assert friends.page("bo", group)["newcomers_only"] is True
    friends.join("cy", quilt, group)
    assert counts(group) == ("complete", 2, 2)
    # Somebody whose only group failed is still new.
    other = friends.start("di", quilt)
    friends.leave("di", other).ok()
    drain()
    friends.join("di", quilt, friends.start("an", quilt))
    require_sound(campaign, quilt, 10)


class TestLimits:
    def test_groups_of_a_member(self, friends: Friends, booth: Booth, cloud: Cloud) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, groups_max=1)
        an = friends.named("an").shopper.id
        order = friends.order("an", quilt)
        with cloud.unchanged():
            reply = friends.named("an").try_order(
                factories.line(quilt), key="tap-second", payable=TOGETHER, group_buy="new"
            )
        assert (reply.code, reply.json["details"]) == ("too_many_groups", {"limit": 1})
        assert groups_of(campaign, an) == 1
        friends.cancel("an", order)
        assert groups_of(campaign, an) == 0
        friends.start("an", quilt)
        assert groups_of(campaign, an) == 1

    @pytest.mark.dynoxide
    def test_many_taps_at_once(self, friends: Friends, booth: Booth) -> None:
        quilt = factories.product(price=PRICE, stock=20)
        campaign = run(booth, quilt, groups_max=2)
        an = friends.named("an")

        def tap(number: int) -> Any:
            return an.try_order(factories.line(quilt), key=f"tap-many{number}", payable=TOGETHER, group_buy="new")

        with ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(tap, range(6)))
        good = [each for each in replies if each.status == 201]
        assert 1 <= len(good) <= 2
        assert {each.code for each in replies if each.status != 201} <= {"too_many_groups", "too_busy"}
        assert groups_of(campaign, an.shopper.id) == len(good)
        require_sound(campaign, quilt, 20)

    def test_pieces_of_a_member(self, friends: Friends, booth: Booth, cloud: Cloud) -> None:
        quilt = factories.product(price=PRICE)
        campaign = run(booth, quilt, per_member_max=2)
        an = friends.named("an")
        with cloud.unchanged():
            reply = friends.try_order("an", quilt, quantity=3)
            assert (reply.code, reply.json["message"]) == ("not_for_group", "超出活动限购，还可购买2件")
        friends.order("an", quilt, quantity=2)
        assert sum(had(an.shopper.id, campaign).values()) == 2
        with cloud.unchanged():
            assert friends.try_order("an", quilt).code == "not_for_group"


def test_a_notice_that_comes_again_and_again(friends: Friends, booth: Booth, drain: Any) -> None:
    quilt = factories.product(price=PRICE)
    campaign = run(booth, quilt, sizes=[3])
    order = friends.order("an", quilt)
    number = friends.pay("an", order)
    for _ in range(3):
        friends.partners.wechat_pay.tell_paid_again(number)
        friends.partners.wechat_pay.notices.deliver_due()
        drain(twice=True)
    assert counts(group_id(order)) == ("open", 1, 1)
    require_sound(campaign, quilt, 10)


def test_the_group_price_is_not_replaced_by_a_lower_one(friends: Friends, booth: Booth) -> None:
    quilt = factories.product(price=PRICE)
    run(booth, quilt)
    booth.run("limited_discount", item(quilt, 8000))
    assert friends.named("an").preview(factories.line(quilt))["payable_amount"] == 8000
    order = friends.order("an", quilt)
    assert (order["payable_amount"], order["holds"] != []) == (TOGETHER, True)


def test_no_group_that_could_not_live(friends: Friends, booth: Booth, frozen: MovableClock, cloud: Cloud) -> None:
    quilt = factories.product(price=PRICE)
    campaign = run(booth, quilt, lasts=2)
    group = friends.start("an", quilt)
    assert group_of(group).ends_at == stored(campaign).ends_at
    friends.named("bo")
    frozen.move(minutes=91)
    with cloud.unchanged():
        assert friends.try_order("bo", quilt).code == "too_late_to_start"
    friends.join("bo", quilt, group)
    assert counts(group) == ("open", 2, 2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"settings": {"sizes": [3, 3]}}, "settings"),
        ({"settings": {"sizes": [1]}}, "settings.sizes.0"),
        ({"settings": {"sizes": [51]}}, "settings.sizes.0"),
        ({"settings": {"sizes": [3], "virtual_from": 3}}, "settings"),
        ({"settings": {"sizes": [3], "leader_rebate_bps": 1, "leader_rebate_amount": 1}}, "settings"),
        ({"settings": {"sizes": [3], "minutes": 4}}, "settings.minutes"),
        ({"settings": {"sizes": [2, 3]}}, "items.0.terms.tier_amounts"),
        ({"settings": {"sizes": [2, 3]}, "terms": {"tier_amounts": [9000]}}, "items.0.terms.tier_amounts"),
        ({"terms": {"leader_amount": 9000}}, "items.0.terms.leader_amount"),
        ({"settings": {"full_price": True}, "terms": {"leader_amount": 10}}, "items.0.terms.leader_amount"),
        ({"unit_amount": PRICE}, "items.0.unit_amount"),
        ({"unit_amount": None}, "items.0.unit_amount"),
        ({"lasts": 0.5}, "ends_at"),
    ],
)
def test_what_can_not_be_is_refused_when_it_is_saved(
    booth: Booth, cloud: Cloud, changes: dict[str, Any], field: str
) -> None:
    quilt, staff = factories.product(price=PRICE), booth.staff
    goods = item(quilt, TOGETHER, terms=changes.pop("terms", {})) | {
        name: changes.pop(name) for name in ("unit_amount",) if name in changes
    }
    body = fields("group_buy", goods, lasts=changes.pop("lasts", 24), **changes)
    with cloud.unchanged():
        reply = staff.post("/admin/campaigns", json=body)
    assert (reply.code, reply.json["details"]["errors"][0]["field"]) == ("invalid", field)
