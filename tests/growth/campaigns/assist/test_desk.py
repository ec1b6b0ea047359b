"""Staff look at single assists."""

from __future__ import annotations

from tests.growth.campaigns.assist.factories import HELPS, party, stored
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.friends import new_friend
from tests.harness import MovableClock
from tests.loyalty.factories import Counter
from tests.trade import factories


def found(booth: Booth, **asked: object) -> list[str]:
    return [each["id"] for each in booth.staff.get("/admin/assists", query=asked).ok()["items"]]


def test_by_campaign_member_and_standing(booth: Booth, counter: Counter, frozen: MovableClock) -> None:
    shop = party(booth, counter)
    others = [Counter(counter.http, factories.shopper(f"other-{n}")) for n in range(2)]
    mine, theirs, bought = shop.start(), shop.start(others[0]), shop.start(others[1])
    shop.help(mine, friend := new_friend())
    shop.complete(theirs, "a")
    shop.complete(bought, "b")
    order = others[1].order(shop.line, assist=bought["id"])
    here = shop.campaign["id"]

    assert found(booth, campaign_id=here) == [bought["id"], theirs["id"], mine["id"]]
    by_standing = {"running": [mine["id"]], "unlocked": [theirs["id"]], "ordered": [bought["id"]], "over": []}
    assert {each: found(booth, campaign_id=here, standing=each) for each in by_standing} == by_standing
    assert found(booth, member_id=others[0].shopper.id, standing="unlocked") == [theirs["id"]]
    assert found(booth, member_id=others[0].shopper.id, standing="running") == []

    shown = booth.staff.get(f"/admin/assists/{mine['id']}").ok()
    assert [(each["number"], each["member_id"]) for each in shown["helpers"]] == [(1, friend.id)]
    assert (shown["help_count"], shown["helps_total"], shown["standing"]) == (1, HELPS, "running")
    whole = booth.staff.get(f"/admin/assists/{bought['id']}").ok()
    assert (len(whole["helpers"]), whole["order_id"]) == (stored(bought).help_count, order["id"])

    frozen.move(hours=24)
    late = {"running": [], "unlocked": [], "ordered": [bought["id"]], "over": [theirs["id"], mine["id"]]}
    assert {each: found(booth, campaign_id=here, standing=each) for each in late} == late


def test_refusals(booth: Booth, counter: Counter) -> None:
    staff = booth.staff
    assert staff.get("/admin/assists").status == 422
    assert staff.get("/admin/assists", query={"campaign_id": "cmp_none"}).code == "campaign_not_found"
    assert staff.get("/admin/assists", query={"member_id": "mbr_1", "standing": "lapsed"}).status == 422
    assert staff.get("/admin/assists/ast_none").code == "assist_not_found"
    for path in ("/admin/assists?member_id=mbr_1", "/admin/assists/ast_none"):
        assert booth.http.as_(factories.staff_token("orders.read")).get(path).status == 403
