"""Staff look at groups."""

from __future__ import annotations

from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.group_buy.factories import PRICE, Friends, group_id, run
from tests.trade import factories


def test_by_status_and_member(friends: Friends, booth: Booth) -> None:
    quilt, lamp = factories.product(price=PRICE), factories.product("lamp", price=PRICE)
    campaign, other = run(booth, quilt, sizes=[2]), run(booth, lamp)
    whole = friends.start("an", quilt)
    elsewhere = friends.start("an", lamp)
    friends.join("bo", quilt, whole)
    waits = friends.start("an", quilt)
    unpaid = group_id(friends.order("cy", quilt))

    def found(where: object = campaign, **asked: str) -> list[str]:
        path = f"/admin/campaigns/{where['id']}/groups"  # type: ignore[index]
        return [each["id"] for each in booth.staff.get(path, query=asked).ok()["items"]]

    def of(name: str, where: object = campaign, **asked: str) -> list[str]:
        return found(where, member_id=friends.named(name).shopper.id, **asked)

    assert (found(), found(other)) == ([waits], [elsewhere])
    assert (found(status="complete"), found(status="pending"), found(status="failed")) == ([whole], [unpaid], [])
    assert (of("an"), of("an", other)) == ([waits, whole], [elsewhere])
    assert (of("an", status="complete"), of("bo"), of("bo", status="open"), of("cy")) == (
        [whole],
        [whole],
        [],
        [unpaid],
    )
    asked = {"member_id": "no such id"}
    assert booth.staff.get(f"/admin/campaigns/{campaign['id']}/groups", query=asked).status == 422
