"""What members hear of their group, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.growth.notifications.kinds.service import kinds
from chalicelib.growth.notifications.models import Message, MessageQuota
from chalicelib.mall.links.service import link_of
from tests.growth.campaigns.factories import Booth
from tests.growth.campaigns.group_buy.factories import PRICE, Friends, group_id, run
from tests.harness import Cloud
from tests.trade import factories

Do = Callable[..., Any]
KINDS = ("group_complete", "group_failed")


@pytest.fixture
def mapped(friends: Friends) -> dict[str, str]:
    """Staff mapped the kinds to the account's templates."""
    staff = friends.http.as_(factories.staff_token("notifications.read", "notifications.write"))
    ids = {kind: friends.partners.wechat.messages.template_of(kinds[kind].title).id for kind in KINDS}
    for kind, template_id in ids.items():
        staff.put(f"/admin/notifications/kinds/{kind}", json={"template_id": template_id}).ok()
    return ids


def told(friends: Friends, name: str) -> list[tuple[str, str]]:
    member_id = friends.named(name).shopper.id
    return [(each.kind, each.page or "") for each in Message.query(member_id, consistent_read=True)]


def test_members_hear_once_what_became_of_it(friends: Friends, booth: Booth, sweep: Do, mapped: dict[str, str]) -> None:
    quilt = factories.product(price=PRICE)
    run(booth, quilt, sizes=[2], minutes=10)
    for name in ("an", "bo", "cy"):
        for template_id in mapped.values():
            MessageQuota(member_id=friends.named(name).shopper.id, template_id=template_id, left=5).save()
    group, lost = friends.start("an", quilt), friends.start("cy", quilt)
    friends.join("bo", quilt, group)
    sweep(minutes=11, twice=True)
    for name in ("an", "bo"):
        assert told(friends, name) == [("group_complete", f"pages/group/detail?id={group}")]
    assert told(friends, "cy") == [("group_failed", f"pages/group/detail?id={lost}")]


def test_a_poster_carries_group_campaign_and_sharer(friends: Friends, booth: Booth, cloud: Cloud) -> None:
    quilt = factories.product(price=PRICE)
    campaign = run(booth, quilt, sizes=[3], minutes=60)
    pending = group_id(friends.order("cy", quilt))
    group = friends.start("an", quilt)
    friends.named("bo")
    with cloud.unchanged():
        assert friends.client("bo").post(f"/groups/{group}/poster", json={}).code == "group_not_found"
        assert friends.client("cy").post(f"/groups/{pending}/poster", json={}).code == "group_over"
    friends.order("bo", quilt, group)
    poster = friends.client("bo").post(f"/groups/{group}/poster", json={}).ok()
    assert (poster["kind"], poster["template_id"]) == ("group", "group")
    link = link_of(poster["short_code"])
    assert (link.page, link.parameters, link.campaign_id) == ("pages/group/detail", {"id": group}, campaign["id"])
    assert link.member_id == friends.named("bo").shopper.id
    assert friends.client("bo").post(f"/groups/{group}/poster", json={}).ok()["id"] == poster["id"]
    mine = friends.client("bo").get("/me/groups").ok()["items"]
    assert [(each["id"], each["seat"], each["is_leader"]) for each in mine] == [(group, "held", False)]
    listed = booth.staff.get(f"/admin/campaigns/{campaign['id']}/groups").ok()["items"]
    assert [(each["id"], each["taken"], each["paid"]) for each in listed] == [(group, 2, 1)]
