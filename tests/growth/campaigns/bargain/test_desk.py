"""Staff look at single bargains."""

from __future__ import annotations

from tests.growth.campaigns.bargain.factories import party, stored
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.friends import new_friend, old_friend
from tests.harness import MovableClock
from tests.loyalty.factories import Counter
from tests.trade import factories


def found(booth: Booth, **asked: object) -> list[str]:
    """Ids of every part of the list, a row at a time."""
    ids: list[str] = []
    cursor: dict[str, object] = {}
    while True:
        page = booth.staff.get("/admin/bargains", query={"limit": 1, **asked, **cursor}).ok()
        ids += [each["id"] for each in page["items"]]
        if page["cursor"] is None:
            return ids
        cursor = {"cursor": page["cursor"]}


def test_by_campaign_member_and_standing(booth: Booth, counter: Counter, frozen: MovableClock) -> None:
    shop = party(booth, counter)
    other = Counter(counter.http, factories.shopper("other"))
    mine, second = shop.start(), shop.start(index=1)
    theirs = shop.start(other)
    friend = new_friend()
    shop.cut(mine, friend)
    shop.finish(second)
    order = counter.order(shop.line | {"sku_id": shop.product.skus[1].id}, bargain=second["id"])
    here, me = shop.campaign["id"], counter.shopper.id

    assert found(booth, campaign_id=here) == [theirs["id"], second["id"], mine["id"]]
    assert found(booth, member_id=me) == [second["id"], mine["id"]]
    assert found(booth, campaign_id=here, member_id=other.shopper.id) == [theirs["id"]]
    assert found(booth, campaign_id=here, standing="running") == [theirs["id"], mine["id"]]
    assert found(booth, campaign_id=here, standing="ordered") == [second["id"]]
    assert found(booth, member_id=me, standing="running") == [mine["id"]]
    assert found(booth, campaign_id=here, standing="over") == found(booth, member_id="mbr_nobody") == []

    shown = booth.staff.get(f"/admin/bargains/{mine['id']}").ok()
    row = stored(mine)
    cuts = [(each["number"], each["member_id"], each["newcomer"]) for each in shown["cuts"]]
    assert cuts == [(1, me, False), (2, friend.id, True)]
    assert sum(each["amount"] for each in shown["cuts"]) == row.cut_amount == row.start_amount - shown["price_amount"]
    assert (shown["member_id"], shown["standing"], shown["order_id"]) == (me, "running", None)
    assert booth.staff.get(f"/admin/bargains/{second['id']}").ok()["order_id"] == order["id"]

    frozen.move(hours=24)  # theirs and mine are over by the clock; the campaign runs on
    assert found(booth, campaign_id=here, standing="running") == []
    assert found(booth, campaign_id=here, standing="over") == [theirs["id"], mine["id"]]


def test_a_stop_ends_all_that_is_not_ordered(booth: Booth, counter: Counter) -> None:
    shop = party(booth, counter)
    bargain = shop.start()
    shop.cut(bargain, old_friend())
    booth.step(shop.campaign, "stop")
    assert found(booth, campaign_id=shop.campaign["id"], standing="running") == []
    assert found(booth, campaign_id=shop.campaign["id"], standing="over") == [bargain["id"]]
    assert booth.staff.get(f"/admin/bargains/{bargain['id']}").ok()["standing"] == "over"


def test_refusals(booth: Booth, counter: Counter) -> None:
    staff = booth.staff
    assert staff.get("/admin/bargains").status == 422
    assert staff.get("/admin/bargains", query={"campaign_id": "cmp_none"}).code == "campaign_not_found"
    assert staff.get("/admin/bargains", query={"member_id": "mbr_1", "standing": "at_floor"}).status == 422
    assert staff.get("/admin/bargains", query={"member_id": "mbr_1", "cursor": "x"}).status == 422
    assert staff.get("/admin/bargains/brg_none").code == "bargain_not_found"
    for path in ("/admin/bargains?member_id=mbr_1", "/admin/bargains/brg_none"):
        assert booth.http.as_(factories.staff_token("orders.read")).get(path).status == 403
        assert counter.buyer.get(path).status in (401, 403)
