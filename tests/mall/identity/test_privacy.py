"""Consents, a copy of everything, and the end."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core.errors import DomainError, Unauthorized
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.privacy import service as privacy
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.mall.identity.factories import HANGZHOU, bind_phone, log_in


class OrderOnItsWay(DomainError):
    code, status, message = "order_on_its_way", 409, "还有{count}个订单在路上"


@pytest.fixture
def open_orders(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A higher floor that has something against closing the members of the list, and data of its own."""
    found: list[str] = []

    def check(member_id: str) -> DomainError | None:
        return OrderOnItsWay(count=2) if member_id in found else None

    privacy.closing_checks.append(check)
    monkeypatch.setitem(privacy.export_parts, "orders", lambda member_id: [{"of": member_id}])
    yield found
    privacy.closing_checks.remove(check)


def _full_life(http: Client, partners: Partners) -> dict[str, Any]:
    session = log_in(http, partners, openid="o-1", unionid="u-1")
    mine = http.as_(session["token"])
    bind_phone(http, partners, session["token"]).ok()
    mine.patch("/me", json={"nickname": "小明", "birthday": "1990-02-28", "interests": ["咖啡"]}).ok()
    mine.post("/me/addresses", json=HANGZHOU).ok()
    mine.post("/me/addresses", json=HANGZHOU).ok()
    mine.post("/me/consents", json={"scene": "privacy_policy", "version": "2026-11-01"}).ok()
    with Transaction() as tx:
        members.post_notice(tx, session["member"]["id"], "level", "gold")
    return session


def test_closing_leaves_nothing_personal(http: Client, partners: Partners, cloud: Cloud, frozen: MovableClock) -> None:
    session = _full_life(http, partners)
    mine, member_id = http.as_(session["token"]), session["member"]["id"]

    assert mine.delete("/me", query={"confirm": "true"}).status == 204

    assert cloud.items("identity_keys") == []
    assert cloud.items("addresses") == []
    (row,) = cloud.items("members")
    assert set(row) == {
        "id",
        "status",
        "notices",
        "address_count",
        "consent_count",
        "identity_version",
        "registered_at",
        "closed_at",
    }
    assert (row["status"], row["notices"]) == ({"S": "closed"}, {"M": {}})
    assert len(cloud.items("consents")) == 1

    with cloud.unchanged():
        for reply in (
            mine.get("/me"),
            mine.patch("/me", json={"nickname": "x"}),
            mine.post("/me/addresses", json=HANGZHOU),
            mine.post("/me/phone", json={"code": "x"}),
            mine.post("/me/consents", json={"scene": "phone", "version": "1"}),
            mine.get("/me/export"),
            mine.delete("/me", query={"confirm": "true"}),
        ):
            assert (reply.status, reply.code) == (401, "unauthorized")
        with pytest.raises(Unauthorized), Transaction() as tx:
            members.post_notice(tx, member_id, "level", "gold")

    again = log_in(http, partners, openid="o-1", unionid="u-1")
    assert again["is_new"] is True
    assert again["member"]["id"] != member_id
    assert bind_phone(http, partners, again["token"]).ok()["phone"] == "13800138000"


def test_open_obligations_stand_against_closing(
    http: Client, partners: Partners, cloud: Cloud, open_orders: list[str]
) -> None:
    session = _full_life(http, partners)
    mine = http.as_(session["token"])
    open_orders.append(session["member"]["id"])
    with cloud.unchanged():
        reply = mine.delete("/me", query={"confirm": "true"})
    assert (reply.status, reply.code) == (409, "open_obligations")
    assert reply.json["details"]["reasons"] == [{"code": "order_on_its_way", "message": "还有2个订单在路上"}]
    open_orders.clear()
    assert mine.delete("/me", query={"confirm": "true"}).status == 204


def test_closing_must_be_meant(http: Client, partners: Partners, cloud: Cloud) -> None:
    mine = http.as_(_full_life(http, partners)["token"])
    with cloud.unchanged():
        for query in ({}, {"confirm": "false"}, {"confirm": "maybe"}):
            assert mine.delete("/me", query=query).status == 422


def test_closed_once_and_with_every_address(http: Client, partners: Partners, cloud: Cloud) -> None:
    mine = http.as_(_full_life(http, partners)["token"])

    def act(number: int) -> int:
        if number % 2:
            return mine.post("/me/addresses", json=HANGZHOU).status
        return mine.delete("/me", query={"confirm": "true"}).status

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(act, range(6)))
    assert statuses[::2].count(204) <= 1
    if 204 not in statuses[::2]:
        assert mine.delete("/me", query={"confirm": "true"}).status == 204
    assert cloud.items("addresses") == []
    assert cloud.items("identity_keys") == []


def test_a_copy_of_everything(http: Client, partners: Partners, cloud: Cloud, open_orders: list[str]) -> None:
    session = _full_life(http, partners)
    with cloud.unchanged():
        copy = http.as_(session["token"]).get("/me/export").ok()
    assert copy["member_id"] == session["member"]["id"]
    parts = copy["parts"]
    assert set(parts) >= {"profile", "source", "addresses", "consents", "orders"}
    assert parts["profile"].items() >= {"phone": "13800138000", "openid": "o-1", "notices": {"level": "gold"}}.items()
    assert len(parts["addresses"]) == 2
    assert parts["consents"][0].items() >= {"scene": "privacy_policy", "granted": True}.items()
    assert parts["orders"] == [{"of": session["member"]["id"]}]


def test_consents_are_kept_in_order_and_not_without_end(http: Client, partners: Partners, cloud: Cloud) -> None:
    session = log_in(http, partners)
    mine = http.as_(session["token"])
    given = mine.post("/me/consents", json={"scene": "marketing", "version": "v1"})
    assert given.status == 201
    taken_back = mine.post("/me/consents", json={"scene": "marketing", "version": "v1", "granted": False}).ok()
    assert taken_back["granted"] is False
    with Transaction() as tx:
        members.edit(tx, session["member"]["id"], members.Member.consent_count.set(privacy.MAX_CONSENTS))
    with cloud.unchanged():
        full = mine.post("/me/consents", json={"scene": "marketing", "version": "v2"})
        assert (full.status, full.code) == (409, "consent_limit_reached")
        assert mine.post("/me/consents", json={"scene": "everything", "version": "v2"}).status == 422
        assert http.post("/me/consents", json={"scene": "phone", "version": "v2"}).status == 401
