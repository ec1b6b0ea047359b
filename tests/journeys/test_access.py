"""Who may call what: made from the list of all operations, so that a new route is in it by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.core import clock
from chalicelib.core.api import Operation
from chalicelib.mall.identity.service import Buyer, Staff
from chalicelib.mall.identity.tokens import service as tokens
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.mall.catalog import factories as catalog
from tests.trade import factories as trade

OPERATIONS = wiring.operations()
BUYERS = [each for each in OPERATIONS if each.actor is Buyer]
STAFF = [each for each in OPERATIONS if each.actor is Staff]
#: Open to the world. Whoever adds one adds it here, on purpose.
PUBLIC = {
    "GET /brands",
    "GET /categories",
    "GET /docs",
    "GET /faq",
    "GET /faq/{article_id}",
    "GET /flash-sale/sessions",
    "GET /flash-sale/sessions/{session_id}",
    "GET /hooks/wechat",
    "GET /card-plans",
    "GET /levels",
    "GET /levels/gifts",
    "GET /notifications/templates",
    "GET /openapi.json",
    "GET /posters/templates",
    "GET /products/hot-words",
    "GET /products/{product_id}/review-summary",
    "GET /products/{product_id}/reviews",
    "GET /products/suggestions",
    "GET /products/{product_id}",
    "GET /regions",
    "GET /regions/all",
    "GET /stores",
    "GET /stores/{store_id}",
    "POST /admin/sessions",
    "POST /hooks/kuaidi100",
    "POST /hooks/wechat",
    "POST /hooks/wechat-pay",
    "POST /sessions",
}
#: Open to every member of the staff, whatever the role.
ANY_STAFF = {"GET /admin/me", "PUT /admin/me/password"}


def name(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


def call(http: Client, operation: Operation, token: str | None) -> Reply:
    path = operation.path
    for each in operation.path_names:
        path = path.replace(f"{{{each}}}", "thing_1")
    body = {} if operation.method != "GET" else None
    return (http.as_(token) if token else http).request(operation.method, path, json=body, key="tap-00001")


def expired(actor: type[Any], subject: str) -> str:
    """A token that was good until a second ago."""
    claims = {"openid": "o-1"} if actor is Buyer else {"credentials": 1, "role": "rol_1"}
    return tokens.issue(actor.scheme, subject, timedelta(seconds=-1), **claims)


def test_what_is_public_is_public_on_purpose() -> None:
    assert {name(each) for each in OPERATIONS if each.actor is None} == PUBLIC


def test_every_admin_route_is_for_staff_and_only_those() -> None:
    for each in OPERATIONS:
        if each.actor is not None:
            assert (each.actor is Staff) == each.path.startswith("/admin/"), name(each)


def test_every_staff_route_asks_for_a_permission() -> None:
    assert {name(each) for each in STAFF if each.permission is None} == ANY_STAFF


@pytest.mark.parametrize("operation", BUYERS, ids=name)
def test_a_buyer_route_refuses_everybody_else(
    operation: Operation, http: Client, cloud: Cloud, frozen: MovableClock
) -> None:
    strangers = {
        "no token": None,
        "staff": catalog.staff_token(),
        "expired": expired(Buyer, trade.shopper().id),
        "bent": trade.shopper().token[:-4] + "AAAA",
        "garbage": "garbage",
    }
    if operation.actor_optional:
        del strangers["no token"]
    with cloud.unchanged():
        refused = {who: call(http, operation, token) for who, token in strangers.items()}
    assert {who: (each.status, each.code) for who, each in refused.items()} == dict.fromkeys(
        strangers, (401, "unauthorized")
    )


@pytest.mark.parametrize("operation", STAFF, ids=name)
def test_a_staff_route_refuses_everybody_else(
    operation: Operation, http: Client, cloud: Cloud, frozen: MovableClock
) -> None:
    strangers = {
        "no token": None,
        "a buyer": trade.shopper().token,
        "expired": expired(Staff, "stf_1"),
        "bent": catalog.staff_token()[:-4] + "AAAA",
    }
    nobody = catalog.staff_token("none.at.all")
    with cloud.unchanged():
        refused = {who: call(http, operation, token) for who, token in strangers.items()}
        powerless = call(http, operation, nobody)
    assert {who: (each.status, each.code) for who, each in refused.items()} == dict.fromkeys(
        strangers, (401, "unauthorized")
    )
    if operation.permission is not None:
        assert (powerless.status, powerless.code) == (403, "forbidden")


ABOUT_A_MEMBER = [each for each in STAFF if each.method == "GET" and "member_id" in each.path_names]


@pytest.mark.parametrize("operation", ABOUT_A_MEMBER, ids=name)
def test_staff_read_no_zeros_of_a_member_that_there_never_was(
    operation: Operation, http: Client, cloud: Cloud, frozen: MovableClock
) -> None:
    assert operation.permission
    token = catalog.staff_token(operation.permission)
    with cloud.unchanged():
        reply = call(http, operation, token)
    alone = operation.path_names == ("member_id",)
    assert (reply.status, reply.code) == (404, "not_found" if alone else reply.code)


def test_staff_see_what_is_left_to_a_closed_member(http: Client, cloud: Cloud, frozen: MovableClock) -> None:
    closed = trade.shopper()
    assert http.as_(closed.token).delete("/me", query={"confirm": "true"}).status == 204
    staff = http.as_(catalog.staff_token("wallet.read", "points.read"))
    for what in ("wallet", "wallet-entries", "points", "points-entries"):
        staff.get(f"/admin/members/{closed.id}/{what}").ok()


def test_a_token_dies_with_its_time(http: Client, cloud: Cloud, frozen: MovableClock) -> None:
    shopper = http.as_(trade.shopper().token)
    staff = http.as_(catalog.staff_token())
    assert shopper.get("/me").status == staff.get("/admin/orders").status == 200
    frozen.move(hours=8, minutes=1)
    assert (shopper.get("/me").status, staff.get("/admin/orders").status) == (200, 401)
    frozen.move(hours=16)
    assert shopper.get("/me").status == 401


def test_what_belongs_to_another_is_not_found(http: Client, cloud: Cloud, frozen: MovableClock) -> None:
    owner, other = trade.shopper("owner"), trade.shopper("other")
    product = catalog.product("pot", **catalog.plain(price_amount=5_000, stock=9))
    line = {"product_id": product.id, "sku_id": product.skus[0].id, "quantity": 1}
    mine = http.as_(owner.token)
    mine.post("/cart/items", json=line).ok()
    amount = mine.post("/checkout/preview", json={}).ok()["payable_amount"]
    body = {"address_id": owner.address_id, "expected_payable_amount": amount}
    order = mine.post("/orders", json=body, key="tap-0001").ok()

    theirs = http.as_(other.token)
    address = {"name": "别人", "phone": "13900000000", "district_code": "330106", "detail": "别处"}
    buy = {"lines": [line], "address_id": owner.address_id, "expected_payable_amount": amount}
    attempts = {
        "see the order": ("GET", f"/orders/{order['id']}", None, "order_not_found"),
        "cancel it": ("POST", f"/orders/{order['id']}/cancel", {}, "order_not_found"),
        "pay it": ("POST", f"/orders/{order['id']}/pay", {}, "order_not_found"),
        "ask about its payment": ("POST", f"/orders/{order['id']}/sync-payment", None, "order_not_found"),
        "see the address": ("GET", f"/me/addresses/{owner.address_id}", None, None),
        "change it": ("PUT", f"/me/addresses/{owner.address_id}", address, None),
        "remove it": ("DELETE", f"/me/addresses/{owner.address_id}", None, None),
        "order to it": ("POST", "/orders", buy, "address_not_found"),
        "preview for it": ("POST", "/checkout/preview", {"lines": [line], "address_id": owner.address_id}, None),
        "change the cart": ("PATCH", f"/cart/items/{line['sku_id']}", {"quantity": 5}, None),
    }
    with cloud.unchanged():
        refused = {
            what: theirs.request(method, path, json=json, key="tap-0002")
            for what, (method, path, json, _) in attempts.items()
        }
    assert {what: each.status for what, each in refused.items()} == dict.fromkeys(attempts, 404)
    for what, (*_, code) in attempts.items():
        assert code is None or refused[what].code == code, what
    assert theirs.get("/orders").ok()["items"] == theirs.get("/cart").ok()["items"] == []
    assert theirs.get("/me/addresses").ok()["items"][0]["id"] == other.address_id
    assert clock.now() == frozen.at
