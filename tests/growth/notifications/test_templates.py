"""Staff map kinds to templates; the mini-program hears what to ask."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.growth.notifications.kinds.service import kinds
from tests.growth.notifications.conftest import Shop
from tests.trade.factories import staff_token

ID = "T-a-template-id_0123456789"
PATH = "/admin/notifications/kinds/order_paid"


def test_every_kind_is_shown_with_its_variables(shop: Shop) -> None:
    items = {each["kind"]: each for each in shop.staff.get("/admin/notifications/kinds").ok()["items"]}
    assert set(items) == set(kinds)
    paid = items["order_paid"]
    assert paid["template"] is None
    assert {"name": "paid_at", "type": "time", "label": "支付时间"} in paid["variables"]
    assert paid["suggested"][2] == {
        "keyword": "amount3",
        "variable": "order_amount",
        "text": None,
        "example": "¥99.00",
    }


def test_a_kind_is_mapped_with_what_it_suggests(shop: Shop) -> None:
    made = shop.staff.put(PATH, json={"template_id": ID}).ok()["template"]
    assert (made["template_id"], made["enabled"], made["page"]) == (ID, True, "pages/order/detail?id={order_id}")
    assert [each["keyword"] for each in made["fields"]] == list(kinds["order_paid"].fields)
    (shown,) = [e for e in shop.staff.get("/admin/notifications/kinds").ok()["items"] if e["template"]]
    assert shown["template"] == made


def test_a_kind_is_mapped_field_by_field(shop: Shop) -> None:
    fields: list[dict[str, Any]] = [
        {"keyword": "phrase1", "text": "已支付"},
        {"keyword": "thing2", "variable": "order_amount"},
        {"keyword": "date3", "variable": "paid_at"},
    ]
    page = "pages/orders/index?id={order_id}&from=message"
    made = shop.staff.put(PATH, json={"template_id": ID, "fields": fields, "page": page, "enabled": False}).ok()
    told = made["template"]
    assert [each["example"] for each in told["fields"]] == ["已支付", "¥99.00", "2026年11月24日"]
    assert (told["page"], told["enabled"]) == (page, False)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"fields": [{"keyword": "amount1", "variable": "product_name"}]}, "fields.0.variable"),
        ({"fields": [{"keyword": "time1", "variable": "order_amount"}]}, "fields.0.variable"),
        ({"fields": [{"keyword": "thing1", "variable": "no_such_thing"}]}, "fields.0.variable"),
        ({"fields": [{"keyword": "phrase1", "text": "paid"}]}, "fields.0.text"),
        ({"fields": [{"keyword": "thing1", "text": "长" * 21}]}, "fields.0.text"),
        ({"fields": [{"keyword": "amount1", "text": "¥1.00"}]}, "fields.0.text"),
        ({"fields": [{"keyword": "thing1", "text": "a"}, {"keyword": "thing1", "text": "b"}]}, "fields"),
        ({"fields": [{"keyword": "thing1"}]}, "fields.0"),
        ({"fields": [{"keyword": "thing1", "text": "a", "variable": "paid_at"}]}, "fields.0"),
        ({"fields": [{"keyword": "thing0", "text": "a"}]}, "fields.0.keyword"),
        ({"fields": [{"keyword": "anything1", "text": "a"}]}, "fields.0.keyword"),
        ({"fields": []}, "fields"),
        ({"fields": [{"keyword": f"thing{n}", "text": "a"} for n in range(1, 7)]}, "fields"),
        ({"page": "pages/x?id={parcel_id}"}, "page"),
        ({"page": "pages/x?id={order_id"}, "page"),
        ({"page": "https://elsewhere"}, "page"),
        ({"template_id": "x"}, "template_id"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(shop: Shop, more: dict[str, Any], field: str) -> None:
    staff = shop.staff
    with shop.cloud.unchanged():
        reply = staff.put(PATH, json={"template_id": ID, **more})
    assert reply.status == 422
    assert field in [each["field"] for each in reply.json["details"]["errors"]]


def test_an_unknown_kind_and_a_stranger_are_refused(shop: Shop) -> None:
    staff, reader = shop.staff, shop.http.as_(staff_token("notifications.read"))
    with shop.cloud.unchanged():
        assert staff.put("/admin/notifications/kinds/nothing", json={"template_id": ID}).status == 404
        assert reader.put(PATH, json={"template_id": ID}).status == 403
        assert shop.http.put(PATH, json={"template_id": ID}).status == 401


def test_the_mini_program_hears_what_to_ask(shop: Shop) -> None:
    assert shop.http.get("/notifications/templates").ok() == {"items": []}
    shop.tell("order_paid", "parcel_shipped", "order_refunded")
    shop.tell("parcel_signed", enabled=False)
    answer = shop.http.get("/notifications/templates")
    assert [(each["kind"], each["moment"]) for each in answer.ok()["items"]] == [
        ("order_paid", "pay"),
        ("order_refunded", "after_sale"),
        ("parcel_shipped", "pay"),
    ]
    assert answer.headers["cache-control"] == "public, max-age=60"
    (one,) = shop.http.get("/notifications/templates?kinds=order_paid,nothing").ok()["items"]
    assert one["template_id"] == shop.template("order_paid")
