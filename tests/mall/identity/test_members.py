"""The profile, the noticeboard, and what staff see of a member."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.core.errors import Unauthorized
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.identity.members.schemas import masked
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.mall.identity.factories import bind_phone, clerk, log_in, owner

PROFILE = {
    "nickname": "小明",
    "avatar_url": "https://thirdwx.qlogo.cn/mmopen/vi_32/abc/132",
    "gender": "male",
    "birthday": "1990-02-28",
    "region_code": "330100",
    "occupation": "教师",
    "income_band": "10k_to_20k",
    "interests": ["咖啡", "露营"],
}


def test_a_profile_is_filled_in_changed_and_emptied(http: Client, partners: Partners, frozen: MovableClock) -> None:
    mine = http.as_(log_in(http, partners)["token"])
    full = mine.patch("/me", json=PROFILE).ok()
    assert full.items() >= PROFILE.items()
    assert mine.get("/me").ok() == full
    partly = mine.patch("/me", json={"nickname": None, "interests": ["咖啡", "咖啡"], "gender": "female"}).ok()
    assert partly == full | {"nickname": None, "interests": ["咖啡"], "gender": "female"}
    assert mine.patch("/me", json={}).ok() == partly
    assert mine.patch("/me", json={"interests": []}).ok()["interests"] == []
    ours = settings().media_base_url + "/avatars/1.jpg"
    assert mine.patch("/me", json={"avatar_url": ours}).ok()["avatar_url"] == ours


@pytest.mark.parametrize(
    "change",
    [
        {"nickname": ""},
        {"nickname": "x" * 33},
        {"nickname": "a\nb"},
        {"avatar_url": "https://evil.example/a.png"},
        {"avatar_url": "http://wx.qlogo.cn/a.png"},
        {"avatar_url": "https://wx.qlogo.cn.evil.example/a.png"},
        {"avatar_url": "https://wx.qlogo.cn@evil.example/a.png"},
        {"avatar_url": settings().media_base_url + ".evil.example/a.png"},
        {"avatar_url": "javascript:alert(1)"},
        {"gender": "m"},
        {"birthday": "2026-11-25"},
        {"birthday": "1899-12-31"},
        {"birthday": "1990-02-30"},
        {"birthday": 86400},
        {"region_code": "999999"},
        {"income_band": "rich"},
        {"interests": ["x"] * 21},
        {"phone": "13800138000"},
        {"id": "mbr_1"},
    ],
)
def test_a_profile_that_can_not_be_is_refused(
    http: Client, partners: Partners, cloud: Cloud, frozen: MovableClock, change: dict[str, Any]
) -> None:
    mine = http.as_(log_in(http, partners)["token"])
    with cloud.unchanged():
        assert mine.patch("/me", json=change).status == 422


def test_a_stranger_has_no_profile(http: Client, cloud: Cloud) -> None:
    with cloud.unchanged():
        assert http.get("/me").status == 401
        assert http.patch("/me", json={"nickname": "x"}).status == 401


def test_notices_are_posted_side_by_side_and_taken_down(http: Client, partners: Partners, cloud: Cloud) -> None:
    member_id = log_in(http, partners)["member"]["id"]
    with Transaction() as tx:
        members.post_notice(tx, member_id, "level", "gold")
    with Transaction() as tx:
        members.post_notices(tx, member_id, {"tags": ["宝妈", "夜猫子"], "guide": {"id": "gd_1", "since": 3}})
    assert members.active(member_id).notices == {
        "level": "gold",
        "tags": ["宝妈", "夜猫子"],
        "guide": {"id": "gd_1", "since": 3},
    }
    with Transaction() as tx:
        members.post_notices(tx, member_id, {"tags": None, "level": "silver"})
    assert members.active(member_id).notices == {"level": "silver", "guide": {"id": "gd_1", "since": 3}}
    assert "notices" not in http.as_(log_in(http, partners)["token"]).get("/me").ok()


def test_a_noticeboard_is_small_and_belongs_to_a_living_member(http: Client, partners: Partners, cloud: Cloud) -> None:
    member_id = log_in(http, partners)["member"]["id"]
    with cloud.unchanged():
        with pytest.raises(ValueError, match="small"), Transaction() as tx:
            members.post_notice(tx, member_id, "tags", ["x" * 3000])
        with pytest.raises(ValueError, match="key"), Transaction() as tx:
            members.post_notice(tx, member_id, "a.b", 1)
        with pytest.raises(Unauthorized), Transaction() as tx:
            members.post_notice(tx, "mbr_nobody", "level", "gold")


def test_staff_find_members_and_see_as_much_as_they_may(http: Client, partners: Partners, cloud: Cloud) -> None:
    session = log_in(http, partners, openid="o-1")
    bind_phone(http, partners, session["token"]).ok()
    http.as_(session["token"]).patch("/me", json={"birthday": "1990-02-28"}).ok()
    member_id = session["member"]["id"]
    with Transaction() as tx:
        members.post_notice(tx, member_id, "level", "gold")
    boss, looker = http.as_(owner()), http.as_(clerk("members.read"))

    whole = boss.get(f"/admin/members/{member_id}").ok()
    assert (whole["phone"], whole["openid"], whole["birthday"]) == ("13800138000", "o-1", "1990-02-28")
    assert whole["notices"] == {"level": "gold"}
    part = looker.get(f"/admin/members/{member_id}").ok()
    assert part == whole | {"phone": "138****8000", "openid": None, "birthday": None}
    for query in ({"phone": "13800138000"}, {"openid": "o-1"}):
        assert looker.get("/admin/members", query=query).ok()["items"] == [part]
    for query in ({"phone": "13800138001"}, {"phone": "13800138000", "country": "852"}, {"openid": "o-2"}):
        assert looker.get("/admin/members", query=query).ok()["items"] == []


def test_staff_questions_without_sense_or_right_are_refused(http: Client, cloud: Cloud) -> None:
    boss, clerk_ = http.as_(owner()), http.as_(clerk("catalog.read"))
    with cloud.unchanged():
        assert boss.get("/admin/members").status == 422
        assert boss.get("/admin/members", query={"phone": "138", "openid": "o"}).status == 422
        assert boss.get("/admin/members", query={"phone": "13800138000", "openid": "o"}).status == 422
        assert boss.get("/admin/members/mbr_nobody").status == 404
        assert clerk_.get("/admin/members", query={"openid": "o"}).code == "forbidden"
        assert clerk_.get("/admin/members/mbr_nobody").status == 403
        assert clerk_.post("/admin/members", json={"phone": "13800138000"}).status == 403


def test_short_numbers_are_masked_too() -> None:
    assert masked("13800138000") == "138****8000"
    assert masked("66123456") == "****56"


def test_me_costs_one_read(http: Client, partners: Partners, reads: list[str]) -> None:
    token = log_in(http, partners)["token"]
    reads.clear()
    http.as_(token).get("/me").ok()
    assert reads == ["GetItem"]


@pytest.fixture
def reads() -> Any:
    """The names of the calls that DynamoDB gets."""
    from chalicelib.core import aws

    names: list[str] = []

    def note(model: Any, **_: Any) -> None:
        names.append(model.name)

    events = aws.client("dynamodb").meta.events
    events.register("before-call.dynamodb", note)
    yield names
    events.unregister("before-call.dynamodb", note)


def test_addresses_cost_one_read_and_staff_requests_one_more(
    http: Client, partners: Partners, cloud: Cloud, reads: list[str]
) -> None:
    session = log_in(http, partners)
    boss = http.as_(owner())
    reads.clear()
    http.as_(session["token"]).get("/me/addresses").ok()
    assert reads == ["Query"]
    reads.clear()
    boss.get(f"/admin/members/{session['member']['id']}").ok()
    assert reads == ["BatchGetItem", "GetItem"]


def test_the_defaults_of_a_row_are_its_own(http: Client, partners: Partners) -> None:
    log_in(http, partners)
    assert Member(id="a", registered_at=None).notices is not Member(id="b", registered_at=None).notices
