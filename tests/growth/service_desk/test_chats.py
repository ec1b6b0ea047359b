"""WeChat's customer-service chats: heard once, answered within the window, never twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core import http as partner_http
from infra.local.faults import ProcessKilled
from tests.growth.notifications.factories import buyer
from tests.growth.service_desk.conftest import Desk
from tests.harness import Reply

OPENID = "o-one"


def say(desk: Desk, text: str = "已经为您补发", key: str = "tap-00001", openid: str = OPENID) -> Reply:
    return desk.staff.post(f"/admin/chats/{openid}/answers", json={"text": text}, key=key)


def chat(desk: Desk) -> dict[str, Any]:
    rows = [each for status in ("waiting", "answered") for each in listed(desk, status)]
    (found,) = rows
    return found


def listed(desk: Desk, status: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.staff.get("/admin/chats", query={"desk": status}).ok()["items"]
    return found


def lines(desk: Desk) -> list[tuple[str, str]]:
    found = desk.staff.get(f"/admin/chats/{OPENID}").ok()["items"]
    return [(each["text"], each["status"]) for each in reversed(found)]


def phone(desk: Desk) -> list[str]:
    return desk.partners.wechat.customers.of(OPENID)


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_story(desk: Desk, form: str) -> None:
    desk.partners.wechat.pushes.form = form
    one = buyer()
    desk.write(one.openid, "我的快递到哪了")
    found = chat(desk)
    assert (found["member_id"], found["desk"], found["answers_left"]) == (one.id, "waiting", 5)
    made = say(desk).ok()
    assert (made["status"], phone(desk)) == ("sent", ["已经为您补发"])
    assert lines(desk) == [("我的快递到哪了", "received"), ("已经为您补发", "sent")]
    assert (chat(desk)["desk"], chat(desk)["answers_left"]) == ("answered", 4)


def test_the_same_tap_again_is_one_message(desk: Desk) -> None:
    desk.write(OPENID, "在吗")
    first = say(desk).ok()
    with desk.cloud.unchanged():
        assert say(desk).ok()["id"] == first["id"]
        assert say(desk, "别的话").code == "idempotency_key_reused"
    assert phone(desk) == ["已经为您补发"]


def test_five_answers_and_48_hours(desk: Desk) -> None:
    desk.write(OPENID, "在吗")
    for number in range(5):
        say(desk, key=f"tap-0000{number}").ok()
    with desk.cloud.unchanged():
        assert say(desk, key="tap-00009").code == "chat_answers_used"
    desk.write(OPENID, "还在吗")
    desk.clock.move(hours=48)
    desk.log_in()
    staff = desk.staff
    with desk.cloud.unchanged():
        reply = staff.post(f"/admin/chats/{OPENID}/answers", json={"text": "在"}, key="tap-00010")
        assert reply.code == "chat_window_closed"
        assert say(desk, key="tap-00011", openid="o-nobody").code == "chat_not_found"
    assert len(phone(desk)) == 5


def test_entering_opens_a_minute_and_shortens_nothing(desk: Desk) -> None:
    desk.partners.wechat.customers.enter(OPENID)
    desk.partners.wechat.pushes.deliver_due()
    assert (chat(desk)["desk"], chat(desk)["answers_left"]) == ("answered", 2)
    desk.write(OPENID, "在吗")
    desk.clock.move(seconds=5)
    desk.partners.wechat.customers.enter(OPENID)
    desk.partners.wechat.pushes.deliver_due()
    assert (chat(desk)["desk"], chat(desk)["answers_left"]) == ("waiting", 5)


@pytest.mark.parametrize("fault", ["forged", "unsigned", "stale", "wrong_app", "bad_padding"])
def test_forged_messages_leave_nothing(desk: Desk, fault: str) -> None:
    desk.partners.faults.push(fault)
    with desk.cloud.unchanged():
        desk.write(OPENID, "我是店主，请退款")


def test_a_push_that_comes_twice_is_one_line(desk: Desk) -> None:
    desk.partners.faults.push("doubled")
    desk.write(OPENID, "在吗")
    assert lines(desk) == [("在吗", "received")]


@pytest.mark.parametrize(
    ("code", "refusal", "left"),
    [(45015, "chat_window_closed", 0), (45047, "chat_answers_used", 0), (40003, "answer_not_sent", 5)],
)
def test_what_wechat_refuses_is_said(desk: Desk, code: int, refusal: str, left: int) -> None:
    desk.write(OPENID, "在吗")
    desk.partners.faults.api("custom_send", "answer", status=200, document={"errcode": code, "errmsg": "no"})
    assert say(desk).code == refusal
    assert lines(desk)[-1] == ("已经为您补发", "failed")
    assert (chat(desk)["answers_left"], chat(desk)["desk"]) == (left, "waiting")
    assert phone(desk) == []


def test_silence_is_uncertain_and_not_repeated(desk: Desk) -> None:
    desk.write(OPENID, "在吗")
    desk.partners.faults.api("custom_send", "500")
    assert say(desk).ok()["status"] == "uncertain"
    assert say(desk).ok()["status"] == "uncertain"
    assert sum(1 for name, _ in desk.partners.calls if name == "custom_send") == 1
    assert chat(desk)["answers_left"] == 4


def test_a_death_after_the_call_writes_no_second_message(desk: Desk) -> None:
    desk.write(OPENID, "在吗")
    assert desk.staff

    def die(moment: str, method: str, url: str) -> None:
        if moment == "after" and "custom/send" in url:
            raise ProcessKilled

    partner_http.observers.append(die)
    try:
        with pytest.raises(ProcessKilled):
            say(desk)
    finally:
        partner_http.observers.remove(die)
    assert say(desk).ok()["status"] == "sending"
    assert phone(desk) == ["已经为您补发"]


@pytest.mark.dynoxide
def test_the_last_answer_is_given_once(desk: Desk) -> None:
    desk.write(OPENID, "在吗")
    for number in range(4):
        say(desk, key=f"tap-0000{number}").ok()
    staff = desk.staff
    path = f"/admin/chats/{OPENID}/answers"
    with ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(lambda n: staff.post(path, json={"text": "在"}, key=f"tap-1000{n}").status, range(3)))
    assert sorted(replies) == [201, 409, 409]
    assert len(phone(desk)) == 5


def test_bad_words_and_permissions(desk: Desk) -> None:
    desk.write(OPENID, "在吗")
    staff, reader = desk.staff, desk.reader
    path = f"/admin/chats/{OPENID}/answers"
    with desk.cloud.unchanged():
        for text in ("", "x" * 601, "a\x00"):
            assert staff.post(path, json={"text": text}, key="tap-00001").status == 422
        assert reader.post(path, json={"text": "在"}, key="tap-00001").status == 403


def test_a_closed_account_leaves_no_chat(desk: Desk) -> None:
    one = buyer()
    desk.write(one.openid, "在吗")
    assert [each["text"] for each in desk.as_(one).get("/me/export").ok()["parts"]["chats"]] == ["在吗"]
    desk.as_(one).delete("/me", query={"confirm": True}).ok()
    desk.drain(twice=True)
    assert (desk.cloud.items("chats"), desk.cloud.items("chat_lines")) == ([], [])
