"""History and hot words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.core import jobs
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members.events import MemberClosed, MembersMerged
from chalicelib.mall.identity.privacy import service as privacy
from chalicelib.mall.storefront.searches import service
from tests.harness import Client, Cloud, MovableClock
from tests.mall.catalog import factories as catalog
from tests.mall.storefront.factories import Drain, buyer

Refresh = Callable[[], object]


def _history(client: Client) -> list[str]:
    return [each["text"] for each in client.get("/me/searches").ok()["items"]]


def _hot(http: Client) -> list[str]:
    return [each["term"] for each in http.get("/products/hot-words").ok()["items"]]


def _search(http: Client, member_id: str, keyword: str) -> None:
    buyer(http, member_id).get("/products", query={"keyword": keyword}).ok()


@pytest.fixture
def shop(http: Client, refresh: Refresh) -> Client:
    for name in ("毛巾", "蚕丝被", "iPhone手机壳"):
        catalog.product(name=name)
    refresh()
    return http


def test_a_member_sees_the_latest_searches_first(shop: Client, frozen: MovableClock) -> None:
    member = buyer(shop)
    for keyword in ("毛巾", "  蚕丝被 ", "沙发", "毛巾"):
        member.get("/products", query={"keyword": keyword}).ok()
        frozen.move(minutes=1)
    assert _history(member) == ["毛巾", "沙发", "蚕丝被"]


def test_one_term_is_remembered_once_however_it_is_written(shop: Client) -> None:
    member = buyer(shop)
    for keyword in ("iPhone", "IPHONE", " ｉｐｈｏｎｅ", "iPhone 手机壳"):
        member.get("/products", query={"keyword": keyword}).ok()
    assert _history(member) == ["iPhone 手机壳", "ｉｐｈｏｎｅ"]


def test_only_the_first_page_of_a_keyword_is_remembered(shop: Client, cloud: Cloud) -> None:
    catalog.product(name="毛巾二")
    member = buyer(shop)
    with cloud.unchanged():
        shop.get("/products", query={"keyword": "毛巾"}).ok()
        member.get("/products").ok()
        member.get("/products", query={"keyword": "  \u200b"}).ok()


def test_searches_are_the_member_s_own(shop: Client, cloud: Cloud) -> None:
    _search(shop, "mbr_1", "毛巾")
    assert _history(buyer(shop, "mbr_2")) == []
    with cloud.unchanged():
        assert shop.get("/me/searches").status == 401
        assert shop.delete("/me/searches").status == 401
        assert buyer(shop, "mbr_2").delete("/me/searches").status == 204


def test_a_member_forgets_one_or_all(shop: Client) -> None:
    member = buyer(shop)
    for keyword in ("毛巾", "蚕丝被", "锅"):
        member.get("/products", query={"keyword": keyword}).ok()
    assert member.delete("/me/searches", query={"text": " 毛巾"}).status == 204
    assert _history(member) == ["锅", "蚕丝被"]
    assert member.delete("/me/searches").status == 204
    assert _history(member) == []
    assert member.delete("/me/searches").status == 204


def test_old_searches_are_not_shown_and_may_be_removed(shop: Client, frozen: MovableClock, cloud: Cloud) -> None:
    _search(shop, "mbr_1", "毛巾")
    (row,) = cloud.items("searches")
    assert abs(int(row["expires_at"]["N"]) - (frozen.at + timedelta(days=30)).timestamp()) < 2
    frozen.move(days=31)
    assert _history(buyer(shop)) == []


def test_hot_is_what_many_different_members_look_for(shop: Client, frozen: MovableClock) -> None:
    for number in range(3):
        _search(shop, f"mbr_{number}", "蚕丝被")
        frozen.move(days=1)
    for number in range(4):
        _search(shop, f"mbr_{number}", "毛巾")
    for _ in range(9):
        _search(shop, "mbr_1", "iPhone")  # one member, often
    for number in range(5):
        _search(shop, f"mbr_{number}", "沙发")  # nothing is found
    assert _hot(shop) == []
    jobs.run("count_hot_words")
    assert _hot(shop) == ["毛巾", "蚕丝被"]
    frozen.move(days=5)
    jobs.run("count_hot_words")
    assert _hot(shop) == ["毛巾"]
    frozen.move(days=3)
    jobs.run("count_hot_words")
    assert _hot(shop) == []


def test_a_member_who_looks_again_counts_on_the_later_day(shop: Client, frozen: MovableClock) -> None:
    for number in range(3):
        _search(shop, f"mbr_{number}", "毛巾")
    frozen.move(days=5)
    for number in range(3):
        _search(shop, f"mbr_{number}", "毛巾")
    frozen.move(days=5)
    jobs.run("count_hot_words")
    words = shop.as_(catalog.staff_token("catalog.read")).get("/admin/hot-words").ok()
    assert words["counted"] == [{"term": "毛巾", "members": 3}]


def test_staff_pin_and_block(shop: Client, cloud: Cloud, frozen: MovableClock) -> None:
    for number in range(3):
        for keyword in ("毛巾", "蚕丝被", "iPhone"):
            _search(shop, f"mbr_{number}", keyword)
    staff = shop.as_(catalog.staff_token("catalog.write", "catalog.read"))
    edit = {"pinned": ["四件套", "IPHONE", "四件套"], "blocked": ["毛巾"]}
    answer = staff.put("/admin/hot-words", json=edit).ok()
    assert (answer["pinned"], answer["blocked"], answer["counted_at"]) == (["四件套", "IPHONE"], ["毛巾"], None)
    jobs.run("count_hot_words")
    assert _hot(shop) == ["四件套", "IPHONE", "蚕丝被"]
    assert len(cloud.items("operations")) == 1
    answer = staff.get("/admin/hot-words").ok()
    assert {each["term"] for each in answer["counted"]} == {"毛巾", "蚕丝被", "iphone"}
    staff.put("/admin/hot-words", json={"pinned": []}).ok()
    assert _hot(shop) == ["iphone", "毛巾", "蚕丝被"]


def test_what_staff_may_not_write_is_refused(shop: Client, cloud: Cloud) -> None:
    reader, writer = catalog.staff_token("catalog.read"), catalog.staff_token("catalog.write")
    with cloud.unchanged():
        assert shop.put("/admin/hot-words", json={"pinned": ["a"]}).status == 401
        assert shop.as_(reader).put("/admin/hot-words", json={"pinned": ["a"]}).status == 403
        for bad in ({"pinned": [""]}, {"pinned": ["a"] * 21}, {"pinned": ["a\nb"]}, {"pinned": ["a" * 65]}, {}):
            assert shop.as_(writer).put("/admin/hot-words", json=bad).status == 422


def test_a_closed_account_leaves_no_searches(shop: Client, cloud: Cloud, drain: Drain) -> None:
    _search(shop, "mbr_1", "毛巾")
    _search(shop, "mbr_2", "毛巾")
    with Transaction() as tx:
        tx.emit(MemberClosed(member_id="mbr_1"))
    drain()
    assert [row["member_id"]["S"] for row in cloud.items("searches")] == ["mbr_2"]


def test_merged_members_share_their_history(shop: Client, drain: Drain, frozen: MovableClock) -> None:
    _search(shop, "mbr_shell", "毛巾")
    frozen.move(minutes=1)
    _search(shop, "mbr_1", "蚕丝被")
    with Transaction() as tx:
        tx.emit(MembersMerged(member_id="mbr_1", from_member_id="mbr_shell"))
    drain()
    assert _history(buyer(shop)) == ["蚕丝被", "毛巾"]
    assert _history(buyer(shop, "mbr_shell")) == []


def test_a_long_keyword_is_remembered_short(shop: Client) -> None:
    member = buyer(shop)
    member.get("/products", query={"keyword": "长" * 200}).ok()
    assert _history(member) == ["长" * service.MAX_TERM]
    member.delete("/me/searches", query={"text": "长" * 200})
    assert _history(member) == []


def test_searches_are_part_of_what_a_member_exports(shop: Client) -> None:
    _search(shop, "mbr_1", "毛巾")
    (row,) = privacy.export_parts["searches"]("mbr_1")
    assert row["text"] == "毛巾"
    assert privacy.export_parts["searches"]("mbr_2") == []
