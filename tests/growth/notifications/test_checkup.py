"""What WeChat would refuse is seen before it does."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.growth.notifications.kinds.service import kinds
from chalicelib.growth.notifications.models import Field, MessageTemplate
from tests.growth.notifications.conftest import Shop
from tests.trade.factories import staff_token

pytestmark = pytest.mark.usefixtures("_app")
PATH = "/admin/notifications/checkup"


def problems(shop: Shop, kind: str) -> list[tuple[str, str | None]]:
    answer = shop.staff.get(PATH).ok()
    (found,) = [each for each in answer["kinds"] if each["kind"] == kind]
    return [(each["code"], each["keyword"]) for each in found["problems"]]


def test_what_the_kinds_suggest_is_what_the_library_has(shop: Shop) -> None:
    for name in sorted(kinds, key=lambda each: each == "order_paid"):
        shop.tell(name)
        assert problems(shop, name) == [], name
        if name != "order_paid":  # an account has room for 25
            shop.partners.wechat.messages.remove_template(shop.template(name))
    answer = shop.staff.get(PATH).ok()
    told = {each["title"]: each for each in answer["templates"]}["订单支付成功通知"]
    assert (told["kinds"], told["keywords"]["amount3"]) == (["order_paid"], "支付金额")


def test_keywords_that_do_not_match(shop: Shop) -> None:
    shop.tell(
        "order_paid", fields=[{"keyword": "thing2", "variable": "product_name"}, {"keyword": "thing9", "text": "x"}]
    )
    assert problems(shop, "order_paid") == [
        ("keyword_missing", "character_string1"),
        ("keyword_missing", "amount3"),
        ("keyword_missing", "time4"),
        ("keyword_unknown", "thing9"),
    ]


def test_a_template_that_the_shop_gave_up(shop: Shop) -> None:
    shop.tell("order_paid", enabled=False)
    shop.partners.wechat.messages.remove_template(shop.template("order_paid"))
    assert problems(shop, "order_paid") == [("not_in_account", None)]


def test_a_word_that_the_keyword_does_not_take(shop: Shop) -> None:
    words = {"enum1": ["已支付", "待支付"]}
    template_id = shop.partners.wechat.messages.add_template("订单状态", {"enum1": "状态"}, words)
    for text, expected in (("已支付", []), ("已付", [("word_unknown", "enum1")])):
        body = {"template_id": template_id, "fields": [{"keyword": "enum1", "text": text}]}
        shop.staff.put("/admin/notifications/kinds/order_paid", json=body).ok()
        assert problems(shop, "order_paid") == expected


def test_a_variable_that_a_release_dropped(shop: Shop) -> None:
    shop.tell("parcel_signed")
    stored = MessageTemplate.find("parcel_signed")
    assert stored is not None
    stored.fields = [*stored.fields[:2], Field(keyword="time3", variable="weather")]
    stored.save()
    assert problems(shop, "parcel_signed") == [("variable_gone", "time3")]


@pytest.mark.parametrize("document", [{"errcode": 0}, {"errcode": 0, "data": {}}])
def test_an_answer_that_is_none(shop: Shop, document: dict[str, Any]) -> None:
    shop.partners.faults.api("gettemplate", "answer", status=200, document=document)
    assert shop.staff.get(PATH).code == "partner_unavailable"


def test_wechat_is_down(shop: Shop) -> None:
    shop.partners.faults.api("gettemplate", "500", times=9)
    assert shop.staff.get(PATH).code == "partner_unavailable"


def test_a_template_for_other_trades(shop: Shop) -> None:
    shop.tell("receipt_due")
    item = {
        "priTmplId": shop.template("receipt_due"),
        "title": "x",
        "content": "订单编号：{{character_string1.DATA}}\n商品名称{{thing2.DATA}}\n时间: {{ time3.DATA }}",
        "type": 3,
    }
    shop.partners.faults.api("gettemplate", "answer", status=200, document={"errcode": 0, "data": [item]})
    assert problems(shop, "receipt_due") == [("long_term", None)]


def test_others_may_not_look(shop: Shop) -> None:
    assert shop.http.get(PATH).status == 401
    assert shop.http.as_(staff_token("orders.read")).get(PATH).status == 403
