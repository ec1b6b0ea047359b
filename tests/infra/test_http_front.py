"""The mall behind an HTTP API: the same answers, for whoever comes that way (infra/aws/http.yaml)."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from chalicelib.core import front
from infra.local.gateway import Gateway, HttpGateway
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.journeys.people import Customer
from tests.mall.catalog import factories as catalog


@pytest.fixture(scope="module")
def _gateway(_app: Any) -> HttpGateway:
    """In the place of the REST API's: every client and every partner of these tests comes through it."""
    return HttpGateway(_app)


@pytest.fixture
def rest(http: Client, _app: Any) -> Client:
    return Client(Gateway(_app), http.clock)


def said(reply: Reply) -> tuple[Any, ...]:
    """Everything but the request's own id."""
    headers = {name: value for name, value in reply.headers.items() if name != "x-request-id"}
    text = reply.text.replace(reply.headers.get("x-request-id", "-"), "…")
    return reply.status, headers, text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/home", None),
        ("GET", "/home?limit=2", None),
        ("GET", "/products?keyword=%E6%AF%9B%E5%B7%BE&attributes=a:b&attributes=c:d", None),
        ("GET", "/products?limit=0", None),
        ("GET", "/products/suggestions?prefix=x", None),
        ("GET", "/products/no-such%20thing", None),
        ("GET", "/categories/", None),
        ("GET", "/me", None),
        ("GET", "/admin/orders/1", None),
        ("POST", "/sessions", b'{"code": "x"}'),
        ("POST", "/sessions", b"{"),
        ("POST", "/cart/items", b"{}"),
        ("POST", "/hooks/wechat-pay", b"{}"),
        ("GET", "/no/such/path", None),
        ("GET", "/", None),
    ],
)
def test_the_same_answers(
    http: Client, rest: Client, frozen: MovableClock, partners: Partners, method: str, path: str, body: bytes | None
) -> None:
    assert said(http.request(method, path, body=body)) == said(rest.request(method, path, body=body))


def test_a_product_by_its_id_and_what_is_kept_of_it(http: Client, rest: Client, frozen: MovableClock) -> None:
    path = f"/products/{catalog.product().id}"
    reply = http.get(path)
    assert said(reply) == said(rest.get(path))
    assert http.get(path, headers={"If-None-Match": reply.headers["etag"]}).status == 304


def test_a_wrong_method_is_no_path(http: Client, cloud: Cloud) -> None:
    with cloud.unchanged():
        reply = http.delete("/categories")
    assert (reply.status, reply.code, reply.headers["cache-control"]) == (404, "not_found", "no-store")
    assert reply.json["request_id"] == reply.headers["x-request-id"]


def test_bought_and_paid(cloud: Cloud, frozen: MovableClock, http: Client, partners: Partners, drain: Any) -> None:
    product = catalog.product(**catalog.plain(29_900))
    customer = Customer.settle_in(http, partners)
    order = customer.order([{"product_id": product.id, "sku_id": product.skus[0].id, "quantity": 1}])
    customer.pay(order)
    partners.wechat_pay.notices.deliver_due()  # signed bytes, through the HTTP API
    drain()
    assert customer.see(order)["status"] == "processing"


class TestCompressed:
    def packed(self, http: Client, **headers: str) -> Reply:
        return http.get("/docs", headers=headers)

    def test_for_who_takes_it(self, http: Client) -> None:
        plain, packed = self.packed(http), self.packed(http, **{"Accept-Encoding": "br, gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert len(packed.body) < len(plain.body) / 3
        assert packed.headers["vary"] == "Accept-Encoding"
        assert packed.headers["etag"] == plain.headers["etag"]
        assert "content-encoding" not in plain.headers

    def test_not_what_is_short(self, http: Client) -> None:
        reply = http.get("/brands", headers={"Accept-Encoding": "gzip"})
        assert "content-encoding" not in reply.headers
        assert reply.ok() == {"items": []}

    def test_the_rest_api_packs_by_itself(self, rest: Client) -> None:
        assert "content-encoding" not in rest.get("/docs", headers={"Accept-Encoding": "gzip"}).headers

    def test_what_else_varies_stays(self) -> None:
        answer = {"statusCode": 200, "headers": {"Vary": "Authorization"}, "body": "x" * 2000}
        made = front.compressed(answer, {"headers": {"accept-encoding": "GZIP, gzip"}})
        assert made["headers"]["Vary"] == "Authorization, Accept-Encoding"
        assert front.compressed(made, {"headers": {"accept-encoding": "gzip"}}) is made, "packed once"


def test_aws_s_own_example_is_understood(_app: Any) -> None:
    """Payload format 1.0 as the documentation of HTTP APIs shows it."""
    event = {
        "version": "1.0",
        "resource": "$default",
        "path": "/categories",
        "httpMethod": "GET",
        "headers": {"header1": "value1", "header2": "value2"},
        "multiValueHeaders": {"header1": ["value1"], "header2": ["value1", "value2"]},
        "queryStringParameters": {"parameter1": "value1", "parameter2": "value"},
        "multiValueQueryStringParameters": {"parameter1": ["value1", "value2"], "parameter2": ["value"]},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "id",
            "authorizer": {"claims": None, "scopes": None},
            "domainName": "id.execute-api.us-east-1.amazonaws.com",
            "domainPrefix": "id",
            "extendedRequestId": "request-id",
            "httpMethod": "GET",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "user-agent", "cognitoIdentityId": None},
            "path": "/categories",
            "protocol": "HTTP/1.1",
            "requestId": "JKJaXmPLvHcESHA=",
            "requestTime": "04/Mar/2020:19:15:17 +0000",
            "requestTimeEpoch": 1583349317135,
            "resourceId": None,
            "resourcePath": "$default",
            "stage": "$default",
        },
        "pathParameters": None,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    before = json.dumps(event)
    answer = _app(event, None)
    assert (answer["statusCode"], "items" in json.loads(answer["body"])) == (200, True)
    assert answer["headers"]["X-Request-Id"] == "JKJaXmPLvHcESHA="
    assert json.dumps(event) == before


@pytest.mark.parametrize("event", [{}, {"Records": []}, {"requestContext": None}, None, {"requestContext": {}}])
def test_other_events_are_not_taken_for_requests(event: Any) -> None:
    assert not front.is_unrouted(event)
