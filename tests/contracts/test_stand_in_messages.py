"""The stand-in's subscribe messages: strict about every rule, and shown as the buyer sees them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from infra.local.partners import Partners, Refused
from infra.local.partners.wechat.message_library import CHOSEN
from infra.local.partners.wechat.message_rules import check
from infra.local.partners.wechat.words import Errcode

pytestmark = pytest.mark.usefixtures("frozen")
OPENID = "o-one"

GOOD = {
    "thing1": ["a", "二十个字以内，随便什么都可以写在这里啊"],
    "number1": ["0", "12345678901234567890123456789012", "1.5"],
    "letter1": ["abc"],
    "symbol1": ["!?#"],
    "character_string1": ["SF123-4", "x" * 32],
    "time1": ["10:05", "2026年11月24日 10:05", "2026-11-24 10:05:30", "10:00~11:00"],
    "date1": ["2026年11月24日", "2026/11/24", "2026.11.24 10:00", "2026-11-24~2026-11-25"],
    "amount1": ["¥99.00", "99元", "1234567890", "$1.5"],
    "phone_number1": ["+86-138-0000-0000"[:17], "13800000000"],
    "car_number1": ["粤A12345"],
    "name1": ["王小明", "Bartholomew Longfello"[:20]],
    "phrase1": ["已发货"],
    "enum1": ["是"],
}
BAD = {
    "thing1": ["", " ", "长" * 21, "a\nb", "a\x7f", "😀" * 11],
    "number1": ["一", "1,000", "1" * 33],
    "letter1": ["a1", "字"],
    "symbol1": ["a", "!!!!!!"],
    "character_string1": ["中文", "x" * 33, "a b"],
    "time1": ["25:00", "tomorrow", "2026年11月24日"],
    "date1": ["10:05", "24.11."],
    "amount1": ["¥", "12345678901", "¥1,000.00", "99.00 CNY"],
    "phone_number1": ["1" * 18, "call me"],
    "car_number1": ["粤A12345678"],
    "name1": ["王小明3", "王小明的外婆家的二表姐夫", "x" * 21],
    "phrase1": ["ok", "超时未支付了", "已 发货"],
    "enum1": ["是" * 21],
}


@pytest.fixture
def send(partners: Partners) -> Callable[..., int]:
    """A bare call with a good token; returns ``errcode``."""
    pool, base = urllib3.PoolManager(retries=False), partners.base_urls["wechat"]
    keys = partners.credentials()
    asked = {"grant_type": "client_credential", "appid": keys.app_id, "secret": keys.app_secret}
    token = pool.request("POST", f"{base}/cgi-bin/stable_token", json=asked).json()["access_token"]

    def run(token: str = token, **body: Any) -> int:
        url = f"{base}/cgi-bin/message/subscribe/send?access_token={token}"
        answer: int = pool.request("POST", url, body=json.dumps(body)).json()["errcode"]
        return answer

    return run


def body_of(partners: Partners, **more: Any) -> dict[str, Any]:
    template = partners.wechat.messages.template_of("订单签收通知")
    data = {"character_string1": "1", "thing2": "被", "time3": "10:00"}
    said = {name: {"value": value} for name, value in data.items()}
    return {"touser": OPENID, "template_id": template.id, "data": said, **more}


@pytest.mark.parametrize("keyword", sorted(GOOD))
def test_the_rules_of_values(keyword: str) -> None:
    for text in GOOD[keyword]:
        assert check([keyword], {keyword: {"value": text}}) == {keyword: text}
    for text in [*BAD[keyword], None, 5, ["x"]]:
        with pytest.raises(Errcode, match=f"data.{keyword}.value"):
            check([keyword], {keyword: {"value": text}})


def test_one_acceptance_one_message(partners: Partners, send: Callable[..., int]) -> None:
    body = body_of(partners)
    assert send(**body) == 43101
    partners.wechat.messages.ask(OPENID, {body["template_id"]: "accept"})
    assert [send(**body), send(**body)] == [0, 43101]
    partners.wechat.messages.ask(OPENID, {body["template_id"]: "reject"})
    assert send(**body) == 43101


def test_switched_off_nothing_is_left_and_nothing_is_given(partners: Partners, send: Callable[..., int]) -> None:
    body = body_of(partners)
    messages, template_id = partners.wechat.messages, body["template_id"]
    messages.ask(OPENID, {template_id: "accept"})
    messages.switch(OPENID, template_id, on=False)
    assert messages.ask(OPENID, {template_id: "accept"}) == {template_id: "reject"}
    assert send(**body) == 43101
    messages.switch(OPENID, template_id, on=True)
    assert send(**body) == 43101
    messages.ask(OPENID, {template_id: "accept"})
    assert send(**body) == 0


def test_what_is_wrong_is_named(partners: Partners, send: Callable[..., int]) -> None:
    partners.wechat.messages.ask(OPENID, {body_of(partners)["template_id"]: "accept"})
    partners.wechat.state.links.pages = ["pages/order"]
    wrong: list[tuple[dict[str, Any], int]] = [
        ({"touser": ""}, 40003),
        ({"touser": None}, 40003),
        ({"template_id": "T-nobody"}, 40037),
        ({"page": "pages/elsewhere?id=1"}, 41030),
        ({"page": "/pages/order"}, 41030),
        ({"data": {}}, 47003),
        ({"data": None}, 47003),
        ({"data": {**body_of(partners)["data"], "thing9": {"value": "x"}}}, 47003),
        ({"data": {"thing2": {"value": "x"}}}, 47003),
        ({"miniprogram_state": "release"}, 47003),
        ({"lang": "de_DE"}, 47003),
        ({"surprise": 1}, 47003),
    ]
    assert [send(**body_of(partners, **each)) for each, _ in wrong] == [errcode for _, errcode in wrong]
    assert send(token="no", **body_of(partners)) == 40001
    assert send(**body_of(partners, page="pages/order?id=1")) == 0


def test_the_shop_is_told_of_every_answer_and_message(partners: Partners, send: Callable[..., int]) -> None:
    body = body_of(partners)
    partners.wechat.messages.ask(OPENID, {body["template_id"]: "accept"})
    partners.wechat.state.messages.unreachable.append(OPENID)
    send(**body)
    partners.wechat.messages.switch(OPENID, body["template_id"], on=False)
    told = [push.message for push in partners.wechat.state.pushes.pushes.values()]
    assert [each["Event"].removeprefix("subscribe_msg_") for each in told] == [
        "popup_event",
        "sent_event",
        "change_event",
    ]
    assert told[1]["List"][0]["ErrorCode"] == "1"
    assert partners.wechat.messages.of(OPENID) == []


def test_templates_are_chosen_within_limits(partners: Partners) -> None:
    messages = partners.wechat.messages
    added = messages.add_template("开团成功通知", {"thing1": "商品", "number2": "人数"})
    assert messages.templates()[added].keywords == {"thing1": "商品", "number2": "人数"}
    for bad in ({}, {"anything1": "x"}, {"thing": "x"}, {f"thing{n}": "x" for n in range(1, 7)}):
        with pytest.raises(Refused, match="BAD_TEMPLATE"):
            messages.add_template("x", bad)
    for n in range(len(messages.templates()), 25):
        messages.add_template(f"t{n}", {"thing1": "x"})
    with pytest.raises(Refused, match="TOO_MANY"):
        messages.add_template("one more", {"thing1": "x"})
    with pytest.raises(Refused, match="TOO_MANY"):
        messages.ask(OPENID, dict.fromkeys(list(messages.templates())[:4], "accept"))
    with pytest.raises(Refused, match="UNKNOWN"):
        messages.ask(OPENID, {"T-nobody": "accept"})


def test_people_act_over_http_and_see_it_on_the_page(partners: Partners, send: Callable[..., int]) -> None:
    with urllib3.PoolManager(retries=False) as pool:

        def control(path: str, **body: Any) -> tuple[int, Any]:
            answer = pool.request("POST", f"{partners.control_url}/control{path}", json=body)
            return answer.status, answer.json()

        partners.wechat.new_login_code(OPENID)
        body = body_of(partners)
        template_id = body["template_id"]
        asked = control("/messages/ask", openid=OPENID, answers={template_id: "accept"})
        assert asked == (200, {"answers": {template_id: "accept"}})
        body["data"]["thing2"]["value"] = "<script>被"
        assert send(**body) == 0
        page = pool.request("GET", partners.control_url + "/").data.decode()
        for text in ("订阅消息", "订单签收通知", "&lt;script&gt;被", "同意"):
            assert text in page, text
        assert control("/messages/switch", openid=OPENID, template_id=template_id, on=False) == (200, {})
        assert control("/messages/templates", title="到货", keywords={"thing1": "商品"})[0] == 200
        assert control("/messages/templates", title="到货", keywords={})[0] == 409
        seen = pool.request("GET", f"{partners.control_url}/control/messages").json()
        assert (len(seen["messages"]), len(seen["templates"])) == (1, len(CHOSEN) + 1)
        partners.load(partners.dump())
        assert [each.data["thing2"] for each in partners.wechat.messages.of(OPENID)] == ["<script>被"]


def test_the_account_lists_its_templates_as_wechat_does(partners: Partners, send: Callable[..., int]) -> None:
    added = partners.wechat.messages.add_template("到货", {"enum1": "状态"}, {"enum1": ["有货", "预售"]})
    base = partners.base_urls["wechat"]
    token = partners.wechat.state.tokens[-1].value
    with urllib3.PoolManager(retries=False) as pool:
        path = f"{base}/wxaapi/newtmpl/gettemplate?access_token="
        assert pool.request("GET", path + "no").json()["errcode"] == 40001
        listed = {each["priTmplId"]: each for each in pool.request("GET", path + token).json()["data"]}
    assert set(listed) == set(partners.wechat.messages.templates())
    assert listed[added]["content"] == "状态:{{enum1.DATA}}\n"
    assert listed[added]["keywordEnumValueList"] == [{"keywordCode": "enum1.DATA", "enumValueList": ["有货", "预售"]}]
    partners.wechat.messages.ask(OPENID, {added: "accept"})
    body = {"touser": OPENID, "template_id": added}
    assert send(**body, data={"enum1": {"value": "缺货"}}) == 47003
    assert send(**body, data={"enum1": {"value": "有货"}}) == 0
