"""The stand-in's message push: lost, late, repeated three times; over HTTP and on the page."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest
import urllib3

from chalicelib.core import clock
from infra.local.partners import Partners
from tests.harness import MovableClock

pytestmark = pytest.mark.usefixtures("frozen")

MESSAGE = {"MsgType": "event", "Event": "subscribe_msg_popup_event", "List": [{"TemplateId": "T", "PopupScene": "0"}]}


@pytest.fixture
def arrivals(partners: Partners) -> list[tuple[datetime, bytes]]:
    """When what arrived; the mall answers 500."""
    seen: list[tuple[datetime, bytes]] = []

    def post(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        seen.append((clock.now(), body))
        return 500, b""

    partners.wechat.pushes.post = post
    return seen


def test_an_unanswered_push_is_repeated_three_times(
    partners: Partners, arrivals: list[tuple[datetime, bytes]], frozen: MovableClock
) -> None:
    pushes = partners.wechat.pushes
    pushes.repeat_scale = 1.0
    try:
        pushes.write(MESSAGE, "o-one")
        for _ in range(6):
            pushes.deliver_due()
            frozen.move(seconds=5)
    finally:
        pushes.repeat_scale = 0.0
    assert [(b - a).total_seconds() for (a, _), (b, _) in pairwise(arrivals)] == [5, 5, 5]
    assert partners.wechat.state.pushes.pushes["PU000001"].state == "gave_up"


def test_lost_and_late(partners: Partners, arrivals: list[Any], frozen: MovableClock) -> None:
    partners.faults.push("lost")
    partners.faults.push("delayed", seconds=60)
    for _ in range(2):
        partners.wechat.pushes.write(MESSAGE, "o-one")
    assert partners.wechat.pushes.deliver_due() == 0
    frozen.move(seconds=60)
    assert partners.wechat.pushes.deliver_due() == len(arrivals) == 1


def test_a_list_of_one_is_no_list_in_json_and_wrapped_in_xml(partners: Partners, arrivals: list[Any]) -> None:
    pushes = partners.wechat.pushes
    pushes.mode = "plain"
    many = {**MESSAGE, "List": [*MESSAGE["List"], {"TemplateId": "U", "PopupScene": "0"}]}
    for message in (MESSAGE, many):
        pushes.write(message, "o-one")
    pushes.deliver_due()
    one, two = (json.loads(body)["List"] for _, body in arrivals)
    assert (one["TemplateId"], [each["TemplateId"] for each in two]) == ("T", ["T", "U"])
    pushes.form = "xml"
    pushes.write(many, "o-one")
    pushes.deliver_due()
    assert arrivals[-1][1].count(b"<List>") == 2
    assert b"<SubscribeMsgPopupEvent><List>" in arrivals[-1][1]


def test_an_answer_that_is_not_the_right_word_is_no_answer(partners: Partners) -> None:
    for answer, state in ((b"success", "delivered"), (b"", "delivered"), (b"ok", "gave_up"), (b"{}", "gave_up")):
        partners.wechat.pushes.post = lambda *_, answer=answer: (200, answer)  # type: ignore[misc]
        made = partners.wechat.pushes.write(MESSAGE, "o-one")
        partners.wechat.pushes.deliver_due()
        assert partners.wechat.state.pushes.pushes[made].state == state, answer


def test_people_act_over_http_and_see_it_on_the_page(partners: Partners) -> None:
    with urllib3.PoolManager(retries=False) as pool:

        def control(path: str, **body: Any) -> tuple[int, Any]:
            answer = pool.request("POST", f"{partners.control_url}/control{path}", json=body)
            return answer.status, answer.json()

        partners.wechat.pushes.post = lambda *_: (200, b"success")
        assert control("/faults", on="push", kind="bad_padding")[0] == 200
        assert "填充错误×1" in pool.request("GET", partners.control_url + "/").data.decode()
        assert control("/pushes/say", openid="o-one", text="<script>在吗") == (200, {"id": "PU000001"})
        assert control("/pushes", openid="o-one", message=MESSAGE) == (200, {"id": "PU000002"})
        assert control("/pushes/deliver") == (200, {"tried": 2})
        assert control("/pushes/replay", id="PU000001") == (200, {"status": 200})
        assert control("/pushes/replay", id="PU000009")[0] == 409
        assert control("/pushes/address", url="http://127.0.0.1:9/hooks/wechat")[0] == 409
        shown = pool.request("GET", f"{partners.control_url}/control/pushes").json()["pushes"]
        assert [each["state"] for each in shown] == ["delivered", "delivered"]
        page = pool.request("GET", partners.control_url + "/").data.decode()
        for text in ("消息推送", "subscribe_msg_popup_event", "已送达", "https://mall.test/hooks/wechat"):
            assert text in page, text


def test_the_books_are_kept_with_what_waits(partners: Partners) -> None:
    partners.wechat.pushes.write(MESSAGE, "o-one")
    partners.wechat.state.pushes.pushes["PU000001"].state = "sending"
    partners.load(partners.dump())
    partners.wechat.pushes.post = lambda *_: (200, b"success")
    assert partners.wechat.pushes.deliver_due() == 1
