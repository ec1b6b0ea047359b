"""Kuaidi100's stand-in is as strict as the real one: forms, signatures, limits, and callbacks that repeat."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import pytest
import urllib3

from infra.local.partners import Partners, Refused
from infra.local.partners.kuaidi100.protocol import signature
from tests.harness import MovableClock

pytestmark = pytest.mark.usefixtures("frozen")
NUMBER, URL = "YT9693083639795", "http://mall.test/hooks/kuaidi100?parcel=1"
YES = b'{"result":true,"returnCode":"200","message":"\xe6\x88\x90\xe5\x8a\x9f"}'
Call = Callable[..., dict[str, Any]]


def test_signatures_agree_with_the_vectors() -> None:
    assert signature('{"com":"yuantong","num":"YT9693083639795"}', "KEY", "CUST") == "F1A51E17F4A3F05B9F5D3FCF163957C3"
    assert signature('{"status":"polling","lastResult":{"state":"0"}}', "SALT") == "15D500B119D5593C17EE05A9FF521867"


@pytest.fixture
def subscribe(partners: Partners, pool: urllib3.PoolManager) -> Call:
    def run(changes: dict[str, Any] | None = None, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        param = {
            "company": "yuantong",
            "number": NUMBER,
            "key": partners.credentials().kuaidi100_key,
            "parameters": {"callbackurl": URL, "salt": "SALT", "resultv2": "1", **(parameters or {})},
            **(changes or {}),
        }
        fields = {"schema": "json", "param": json.dumps(param)}
        url = partners.base_urls["kuaidi100"] + "/poll"
        found: dict[str, Any] = pool.request("POST", url, fields=fields, encode_multipart=False).json()
        return found

    return run


@pytest.fixture
def query(partners: Partners, pool: urllib3.PoolManager) -> Call:
    def run(param: dict[str, Any] | None = None, **changes: str) -> dict[str, Any]:
        keys = partners.credentials()
        text = json.dumps({"com": "yuantong", "num": NUMBER, **(param or {})})
        sign = hashlib.md5((text + keys.kuaidi100_key + keys.kuaidi100_customer).encode()).hexdigest().upper()
        fields = {"customer": keys.kuaidi100_customer, "sign": sign, "param": text, **changes}
        url = partners.base_urls["kuaidi100"] + "/poll/query.do"
        found: dict[str, Any] = pool.request("POST", url, fields=fields, encode_multipart=False).json()
        return found

    return run


@pytest.fixture
def mall(partners: Partners) -> list[tuple[str, dict[str, str]]]:
    """What a mall that takes everything was told."""
    told: list[tuple[str, dict[str, str]]] = []

    def post(url: str, _: dict[str, str], body: bytes) -> tuple[int, bytes]:
        told.append((url, dict(parse_qsl(body.decode()))))
        return 200, YES

    partners.kuaidi100.callbacks.post = post
    return told


@pytest.mark.parametrize(
    ("changes", "parameters", "code"),
    [
        ({"key": "x"}, {}, "600"),
        ({"company": "Yuantong"}, {}, "700"),
        ({"company": "pigeon"}, {}, "700"),
        ({"number": "12345"}, {}, "400"),
        ({"number": "1" * 33}, {}, "400"),
        ({"number": 123456}, {}, "400"),
        ({"surprise": "1"}, {}, "400"),
        ({"parameters": []}, {}, "700"),
        ({"parameters": {}}, {}, "700"),
        ({}, {"callbackurl": "mall.test"}, "700"),
        ({}, {"surprise": "1"}, "700"),
        ({}, {"salt": 1}, "700"),
        ({}, {"phone": "12"}, "408"),
        ({"company": "shunfeng"}, {}, "408"),
    ],
)
def test_bad_subscriptions_are_refused(
    subscribe: Call, partners: Partners, changes: dict[str, Any], parameters: dict[str, Any], code: str
) -> None:
    answer = subscribe(changes, parameters)
    assert (answer["result"], answer["returnCode"]) == (False, code)
    assert not partners.kuaidi100.books.subscriptions


def test_https_only_for_who_asked(subscribe: Call, partners: Partners) -> None:
    partners.kuaidi100.https_allowed = False
    assert subscribe({}, {"callbackurl": "https://mall.test/hooks"})["returnCode"] == "700"
    partners.kuaidi100.https_allowed = True
    assert subscribe({}, {"callbackurl": "https://mall.test/hooks"})["result"] is True


def test_four_subscriptions_of_a_number_a_month(subscribe: Call, partners: Partners, frozen: MovableClock) -> None:
    for _ in range(4):
        assert subscribe()["returnCode"] == "200"
        assert subscribe()["returnCode"] == "501"
        partners.kuaidi100.abort(NUMBER)
        frozen.move(days=3)
    assert subscribe()["returnCode"] == "700"
    frozen.move(days=30)
    assert subscribe()["returnCode"] == "200"


def test_queries(query: Call, partners: Partners, frozen: MovableClock) -> None:
    assert query(sign="0" * 32)["returnCode"] == "503"
    assert query(customer="x")["returnCode"] == "503"
    assert query({"surprise": 1})["returnCode"] == "400"
    assert query({"com": "pigeon"})["returnCode"] == "400"
    assert query({"com": "zhongtong"})["returnCode"] == "408"
    assert partners.kuaidi100.books.asked == {}
    assert query()["returnCode"] == "500"
    partners.kuaidi100.move(NUMBER, "collected", "已揽收", company="yuantong")
    frozen.move(minutes=29, seconds=59)
    assert query()["returnCode"] == "502"
    assert partners.kuaidi100.books.too_often == [NUMBER]
    frozen.move(minutes=30)
    answer = query()
    assert (answer["status"], answer["state"], answer["nu"], answer["com"]) == ("200", "1", NUMBER, "yuantong")
    assert answer["data"][0]["context"] == "已揽收"
    assert answer["data"][0]["time"] == "2026-11-24 10:00:00"


def test_callbacks_tell_everything_newest_first(
    subscribe: Call, partners: Partners, frozen: MovableClock, mall: list[tuple[str, dict[str, str]]]
) -> None:
    subscribe()
    for state in ("collected", "moving", "signed"):
        partners.kuaidi100.move(NUMBER, state)
        frozen.move(hours=5)
    partners.kuaidi100.move(NUMBER, "moving")  # nobody watches any more
    assert partners.kuaidi100.callbacks.deliver_due() == 3
    url, form = mall[-1]
    assert url == URL
    assert form["sign"] == hashlib.md5((form["param"] + "SALT").encode()).hexdigest().upper()
    document = json.loads(form["param"])
    assert document["status"] == "shutdown"
    assert [row["statusCode"] for row in document["lastResult"]["data"]] == ["3", "0", "1"]


def test_what_is_known_already_is_told_at_once(subscribe: Call, partners: Partners, mall: list[Any]) -> None:
    partners.kuaidi100.move(NUMBER, "collected", company="yuantong")
    subscribe()
    assert partners.kuaidi100.callbacks.deliver_due() == len(mall) == 1


@pytest.mark.parametrize("answer", [(200, b"ok"), (200, b'{"result":true}'), (200, b"[]"), (500, YES), (0, b"")])
def test_any_other_answer_is_repeated_three_times(
    subscribe: Call, partners: Partners, frozen: MovableClock, answer: tuple[int, bytes]
) -> None:
    callbacks = partners.kuaidi100.callbacks
    callbacks.post, callbacks.repeat_scale = (lambda *_: answer), 1.0
    try:
        subscribe()
        partners.kuaidi100.move(NUMBER, "collected")
        for expected in (1, 1, 1, 1, 0):
            assert callbacks.deliver_due() == expected
            assert callbacks.deliver_due() == 0
            frozen.move(minutes=30)
        (callback,) = partners.kuaidi100.books.callbacks.values()
        assert callback.state == "gave_up"
    finally:
        callbacks.repeat_scale = 0.0


def test_faults_of_callbacks(
    subscribe: Call, partners: Partners, frozen: MovableClock, mall: list[tuple[str, dict[str, str]]]
) -> None:
    subscribe()

    def told(fault: str) -> list[str]:
        mall.clear()
        partners.faults.callback(fault)
        partners.kuaidi100.tell_again(NUMBER)
        partners.kuaidi100.callbacks.deliver_due()
        return [form.get("sign", "") for _, form in mall]

    partners.kuaidi100.tell_again(NUMBER)
    partners.kuaidi100.callbacks.deliver_due()
    good = mall[0][1]["sign"]
    assert told("lost") == []
    assert told("doubled") == [good, good]
    assert told("unsigned") == [""]
    assert told("forged") not in ([], [good])
    assert told("delayed") == []
    frozen.move(seconds=30)
    assert partners.kuaidi100.callbacks.deliver_due() == 1
    with pytest.raises(Refused):
        partners.faults.callback("wrong_amount")


def test_people_act_over_http_and_see_it_on_the_page(
    subscribe: Call, partners: Partners, pool: urllib3.PoolManager, mall: list[Any]
) -> None:
    def control(path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        answer = pool.request("POST", f"{partners.control_url}/control{path}", json=body)
        return answer.status, answer.json()

    subscribe()
    assert "未订阅" not in pool.request("GET", partners.control_url + "/").data.decode()
    assert control("/faults", on="callback", kind="doubled")[1]["faults"][0]["on"] == "callback"
    page = pool.request("GET", partners.control_url + "/").data.decode()
    assert "推送重复×1" in page
    assert control("/parcels/move", number=NUMBER, state="moving", text="<b>到达</b>")[0] == 200
    assert control("/parcels/deliver") == (200, {"tried": 1})
    assert len(mall) == 2
    page = pool.request("GET", partners.control_url + "/").data.decode()
    assert "&lt;b&gt;到达" in page
    assert "已送达" in page
    assert control("/parcels/move", number=NUMBER, state="moving", silently=True) == (200, {"callbacks": []})
    assert control("/parcels/tell-again", number=NUMBER)[0] == 200
    assert control("/parcels/correct", number=NUMBER, company="jtexpress")[0] == 200
    assert control("/parcels/abort", number=NUMBER)[0] == 200
    assert control("/parcels/move", number=NUMBER, state="lost")[1]["code"] == "UNKNOWN_STATE"
    assert control("/parcels/move", number="XX0000001", state="moving")[1]["code"] == "UNKNOWN_NUMBER"
    assert control("/parcels/abort", number="XX0000001")[1]["code"] == "NOT_SUBSCRIBED"
    assert control("/parcels/move", state="moving")[0] == 400
    shown = pool.request("GET", f"{partners.control_url}/control/parcels").json()
    assert (shown["parcels"][0]["company"], shown["too_often"]) == ("jtexpress", [])
    page = pool.request("GET", partners.control_url + "/").data.decode()
    for text in (NUMBER, "abort", "等待发送", "拒签", "在途"):
        assert text in page, text
    assert "<b>" not in page


def test_it_outlives_a_restart(subscribe: Call, partners: Partners) -> None:
    subscribe()
    partners.kuaidi100.move(NUMBER, "collected")
    kept = partners.dump()
    partners.reset()
    assert partners.kuaidi100.books.subscriptions == {}
    partners.load(kept)
    assert partners.kuaidi100.books.subscriptions[NUMBER].url == URL
    assert partners.kuaidi100.books.consignments[NUMBER].state == "collected"
    (callback,) = partners.kuaidi100.books.callbacks.values()
    assert callback.state == "waiting"
