"""Sharing: the same content has the same code; hostile content has none."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Invalid
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.privacy import service as privacy
from chalicelib.mall.links import models, service
from chalicelib.mall.links.errors import LinkCollision
from chalicelib.mall.links.models import MAX_QUERY, Link, LinkQuota, code_of, fingerprint_of, query_of
from tests.harness import Client, Cloud, MovableClock
from tests.mall.catalog.factories import staff_token
from tests.mall.links.factories import PRODUCT, buyer, shared


def test_a_shared_page_has_a_code_a_scene_and_a_path(sharer: Client) -> None:
    link = shared(sharer, channel="朋友圈", campaign_id="cmp_1")
    assert re.fullmatch(r"[0-9A-Za-z]{12}", link["code"])
    assert link["scene"] == f"s={link['code']}"
    assert len(link["scene"]) <= 32
    path = urlsplit(link["path"])
    assert path.path == "pages/product/detail"
    assert dict(parse_qsl(path.query)) == {"id": "prd_1", "from": "分享 页", "s": link["code"]}
    assert "+" not in link["path"]
    assert (link["sharer_id"], link["channel"], link["campaign_id"]) == ("mbr_sharer", "朋友圈", "cmp_1")


def test_the_same_twice_is_the_same_and_free(sharer: Client, cloud: Cloud) -> None:
    first = shared(sharer)
    turned = {"parameters": dict(reversed(PRODUCT["parameters"].items()))}  # type: ignore[attr-defined]
    with cloud.unchanged():
        assert shared(sharer) == first
        assert shared(sharer, **turned) == first


def test_anything_else_is_another_code(http: Client, sharer: Client) -> None:
    other = buyer(http, "mbr_other")
    made = [
        shared(sharer),
        shared(sharer, channel="a"),
        shared(sharer, campaign_id="a"),
        shared(sharer, page="pages/product/list"),
        shared(sharer, parameters={}),
        shared(sharer, parameters={"id": "prd_1"}),
        shared(sharer, parameters={"id": "prd_1", "from": ""}),
        shared(other),
    ]
    assert len({each["code"] for each in made}) == len(made)


@given(
    st.tuples(*[st.sampled_from(["", "a", "b", '"', ",", "a,b"])] * 2),
    st.tuples(*[st.sampled_from(["", "a", "b", '"', ",", "a,b"])] * 2),
)
def test_no_two_contents_share_a_fingerprint(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Whatever signs they play with, or by leaving out instead of leaving empty."""
    prints = [fingerprint_of("p", {"a": x}, y or None, y, None) for x, y in (one, other)]
    assert (prints[0] == prints[1]) == (one == other)
    assert fingerprint_of("p", {}, None, one[0], None) != fingerprint_of("p", {}, None, None, one[0])


@pytest.mark.parametrize(
    "wrong",
    [
        {"page": "/pages/product/detail"},
        {"page": "pages/product/detail?id=1"},
        {"page": "pages//detail"},
        {"page": "pages/../admin"},
        {"page": "https://evil.example"},
        {"page": "pages/商品"},
        {"page": ""},
        {"page": "p" * 129},
        {"parameters": {"s": "x"}},
        {"parameters": {"scene": "x"}},
        {"parameters": {"a b": "x"}},
        {"parameters": {"1": "x"}},
        {"parameters": {"": "x"}},
        {"parameters": {"a&b": "x"}},
        {"parameters": {"a": "x\ny"}},
        {"parameters": {"a": "x" * 201}},
        {"parameters": {"a": 5}},
        {"parameters": {"a": {"b": "c"}}},
        {"parameters": {"a": None}},
        {"parameters": {f"a{number}": "x" for number in range(17)}},
        {"parameters": {f"a{number}": "满" * 40 for number in range(3)}},  # 1,080 characters once encoded
        {"channel": "x" * 65},
        {"channel": "a\x00"},
        {"campaign_id": "a/b"},
        {"member_id": "mbr_other"},
    ],
    ids=lambda wrong: json.dumps(wrong)[:50],
)
def test_hostile_content_is_refused(sharer: Client, desk: Client, cloud: Cloud, wrong: dict[str, Any]) -> None:
    with cloud.unchanged():
        for client, path in ((sharer, "/links"), (desk, "/admin/links")):
            reply = client.post(path, json={**PRODUCT, **wrong})
            assert (reply.status, reply.code) == (422, "invalid")


def test_a_lone_surrogate_is_no_text(sharer: Client, cloud: Cloud) -> None:
    body = r'{"page": "pages/a", "parameters": {"a": "\ud800"}}'
    with cloud.unchanged():
        reply = sharer.post("/links", body=body, headers={"Content-Type": "application/json"})
        assert reply.status in (400, 422)


def test_the_longest_query_fits_wechat(sharer: Client) -> None:
    room = MAX_QUERY - len(query_of({"a": "", "b": "", "c": "", "d": "", "e": "", "f": ""}, "0" * 12))
    parameters = {name: "x" * min(200, max(0, room - number * 200)) for number, name in enumerate("abcdef")}
    link = shared(sharer, parameters=parameters)
    assert len(link["path"].partition("?")[2]) == MAX_QUERY
    parameters["f"] += "x"
    assert sharer.post("/links", json={"page": "p", "parameters": parameters}).code == "invalid"


def test_sharing_needs_a_member_who_is_there(http: Client, sharer: Client, cloud: Cloud) -> None:
    with cloud.unchanged():
        assert http.post("/links", json=PRODUCT).status == 401
    privacy.close("mbr_sharer")
    with cloud.unchanged():
        assert sharer.post("/links", json=PRODUCT).status == 401


def test_a_member_makes_so_many_a_day(
    sharer: Client, cloud: Cloud, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LINKS_A_DAY", 2)
    for number in range(2):
        shared(sharer, campaign_id=f"c{number}")
    with cloud.unchanged():
        reply = sharer.post("/links", json=PRODUCT)
        assert (reply.status, reply.code) == (429, "too_many_links")
        shared(sharer, campaign_id="c0")
    frozen.move(hours=14)  # midnight in Shanghai
    shared(sharer)


class TestForOtherFeatures:
    def test_with_or_without_a_transaction(self, cloud: Cloud, frozen: MovableClock) -> None:
        alone = service.code_for("pages/index", {"a": "1"}, "mbr_1", "poster")
        with cloud.unchanged(), Transaction() as tx:
            assert service.code_for("pages/index", {"a": "1"}, "mbr_1", "poster", tx=tx).code == alone.code
        with Transaction() as tx:
            within = service.code_for("pages/index", {"a": "2"}, "mbr_1", "poster", tx=tx)
            assert Link.find(within.code) is None
        stored = Link.find(within.code, consistent=True)
        assert stored is not None
        assert (stored.path, stored.scene) == (f"pages/index?a=2&s={within.code}", f"s={within.code}")

    def test_a_refused_transaction_leaves_no_link(self, cloud: Cloud, frozen: MovableClock) -> None:
        def refused() -> None:
            with Transaction() as tx:
                service.code_for("pages/index", {}, tx=tx)
                raise LinkCollision()

        with cloud.unchanged(), pytest.raises(LinkCollision):
            refused()

    def test_two_transactions_for_one_link_both_commit(self, cloud: Cloud, frozen: MovableClock) -> None:
        one, other = Transaction(), Transaction()
        first = service.code_for("pages/index", {}, tx=one)
        frozen.move(seconds=1)
        assert service.code_for("pages/index", {}, tx=other).code == first.code
        one.commit()
        other.commit()
        stored = Link.find(first.code, consistent=True)
        assert stored is not None
        assert stored.created_at == first.created_at

    @pytest.mark.parametrize(("page", "parameters"), [("/x", {}), ("x", {"s": "1"}), ("x", {"a": "\x00"})])
    def test_what_no_link_takes(self, cloud: Cloud, page: str, parameters: dict[str, str]) -> None:
        with cloud.unchanged(), pytest.raises(Invalid):
            service.code_for(page, parameters)


class TestCollisions:
    @pytest.fixture
    def crowded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every first code is the same."""

        def few(fingerprint: str, attempt: int) -> str:
            return "A" * 12 if attempt == 0 else code_of(fingerprint, attempt)

        monkeypatch.setattr(service, "code_of", few)

    @pytest.mark.usefixtures("crowded")
    def test_the_second_takes_its_next_code_and_keeps_it(self, http: Client, sharer: Client, cloud: Cloud) -> None:
        one, other = shared(sharer), shared(sharer, channel="x")
        assert one["code"] == "A" * 12 != other["code"]
        with cloud.unchanged():
            assert shared(sharer, channel="x") == other
        assert http.get(f"/links/{other['code']}").ok()["channel"] == "x"
        assert http.get(f"/links/{one['code']}").ok()["channel"] is None

    @pytest.mark.usefixtures("crowded")
    def test_in_the_same_moment_the_later_looks_again(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        """It saw nobody under the code, and somebody was faster."""
        find, blind = Link.find, [True]

        def find_late(code: str, *, consistent: bool = False) -> Link | None:
            if blind:
                blind.clear()
                return None
            return find(code, consistent=consistent)

        service.code_for("pages/a", {})
        monkeypatch.setattr(Link, "find", find_late)
        late = service.code_for("pages/b", {})
        assert late.code != "A" * 12
        assert {each["page"]["S"] for each in cloud.items("links")} == {"pages/a", "pages/b"}

    @pytest.mark.usefixtures("crowded")
    def test_in_a_transaction_it_is_refused_and_nothing_is_written(self, cloud: Cloud) -> None:
        tx = Transaction()
        service.code_for("pages/b", {}, tx=tx)
        service.code_for("pages/a", {})
        with cloud.unchanged(), pytest.raises(LinkCollision):
            tx.commit()

    def test_where_every_code_is_taken_it_is_said(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service, "code_of", lambda fingerprint, attempt: "A" * 12)
        service.code_for("pages/a", {})
        with cloud.unchanged(), pytest.raises(LinkCollision):
            service.code_for("pages/b", {})


@pytest.mark.dynoxide
def test_many_at_once_get_one_code_and_all_are_served(http: Client, cloud: Cloud, frozen: MovableClock) -> None:
    sharer = buyer(http, "mbr_sharer")
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: sharer.post("/links", json=PRODUCT), range(6)))
    assert {reply.status for reply in replies} <= {200, 409}
    codes = {reply.json["code"] for reply in replies if reply.status == 200}
    assert len(codes) == 1
    assert len(cloud.items("links")) == 1


@pytest.mark.dynoxide
def test_the_bound_holds_when_many_come_at_once(
    http: Client, cloud: Cloud, frozen: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "LINKS_A_DAY", 3)
    sharer = buyer(http, "mbr_sharer")

    def share(number: int) -> int:
        return sharer.post("/links", json={**PRODUCT, "campaign_id": f"c{number}"}).status

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(share, range(8)))
    assert len(cloud.items("links")) == statuses.count(200) <= 3
    quota = LinkQuota.find("mbr_sharer#2026-11-24", consistent=True)
    assert quota is not None
    assert quota.links == statuses.count(200)


def test_codes_use_all_letters_evenly() -> None:
    letters = "".join(code_of(f"{number}", 0) for number in range(2000))
    counts = {letter: letters.count(letter) for letter in models._BASE62}
    assert min(counts.values()) > 0.75 * len(letters) / 62
    assert max(counts.values()) < 1.25 * len(letters) / 62


def test_staff_make_and_find_links(desk: Client, sharer: Client, http: Client, cloud: Cloud) -> None:
    made = desk.post("/admin/links", json={**PRODUCT, "channel": "地铁"}).ok()
    with cloud.unchanged():
        assert http.post("/admin/links", json=PRODUCT).status == 401
    assert made["sharer_id"] is None
    for number in range(3):
        shared(sharer, campaign_id=f"c{number}", channel="地铁")
    first = desk.get("/admin/links", query={"channel": "地铁", "limit": 2}).ok()
    rest = desk.get("/admin/links", query={"channel": "地铁", "cursor": first["cursor"]}).ok()
    assert [each["campaign_id"] for each in first["items"] + rest["items"]] == ["c2", "c1", "c0", None]
    mine = desk.get("/admin/links", query={"member_id": "mbr_sharer"}).ok()["items"]
    assert [each["campaign_id"] for each in mine] == ["c2", "c1", "c0"]
    for query in ({}, {"member_id": "a", "channel": "b"}):
        assert desk.get("/admin/links", query=query).code == "invalid"


def test_permissions(http: Client, cloud: Cloud, frozen: MovableClock) -> None:
    reader = http.as_(staff_token("sharing.read"))
    with cloud.unchanged():
        assert reader.post("/admin/links", json=PRODUCT).status == 403
        assert reader.get("/admin/links", query={"channel": "x"}).ok()["items"] == []


def test_what_a_member_shared_is_in_the_copy_of_their_data(sharer: Client) -> None:
    link = shared(sharer, channel="x")
    copy = privacy.export("mbr_sharer")
    assert [(each["code"], each["channel"]) for each in copy["links"]] == [(link["code"], "x")]
