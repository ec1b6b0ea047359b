"""The message board and tickets: both sides, turns, deadlines, other people's ids."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core import ids
from infra.local.faults import every_death
from tests.growth.notifications.factories import buyer
from tests.growth.service_desk.conftest import Desk
from tests.harness import Client, Reply
from tests.trade.factories import Shopper, shopper
from tests.trade.payments.factories import place
from tests.trade.reviews.factories import upload

SAID = {"subject": "少了一个枕套", "text": "四件套里只有一个枕套"}


def opened(desk: Desk, one: Any, **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = desk.as_(one).post("/me/tickets", json={**SAID, **more}, key=ids.new("tap")).ok()
    return made


def answer(desk: Desk, one: Any, ticket: dict[str, Any], text: str = "马上补发", **more: Any) -> Reply:
    path = f"/admin/members/{one.id}/tickets/{ticket['id']}/replies"
    return desk.staff.post(path, json={"text": text, **more}, key=ids.new("tap"))


def status(desk: Desk, one: Any, ticket: dict[str, Any]) -> str:
    found: str = desk.as_(one).get(f"/me/tickets/{ticket['id']}").ok()["status"]
    return found


def test_a_story(desk: Desk) -> None:
    one = buyer()
    desk.told(one)
    order = place(member_id=one.id)
    ticket = opened(desk, one, order_id=order.id, pictures=[upload(desk.as_(one))])
    assert (ticket["status"], ticket["order_number"]) == ("open", order.number)
    (listed,) = desk.staff.get("/admin/tickets").ok()["items"]
    assert (listed["id"], listed["member_id"], listed["assignee_id"]) == (ticket["id"], one.id, "nobody")
    me = desk.staff.get("/admin/me").ok()["id"]
    path = f"/admin/members/{one.id}/tickets/{ticket['id']}"
    desk.staff.put(f"{path}/assignee", json={"staff_id": me}).ok()
    assert len(desk.staff.get("/admin/tickets", query={"assignee_id": me}).ok()["items"]) == 1
    answer(desk, one, ticket).ok()
    desk.drain(twice=True)
    assert [each.data["thing2"] for each in desk.partners.wechat.messages.of(one.openid)] == ["马上补发"]
    assert status(desk, one, ticket) == "answered"
    desk.as_(one).post(f"/me/tickets/{ticket['id']}/replies", json={"text": "谢谢"}, key=ids.new("tap")).ok()
    desk.later(days=4)
    assert status(desk, one, ticket) == "open", "the buyer wrote: nothing closes by itself"
    answer(desk, one, ticket, "已寄出").ok()
    desk.later(days=2.9)
    assert status(desk, one, ticket) == "answered"
    desk.later(days=0.2)
    ended = desk.as_(one).get(f"/me/tickets/{ticket['id']}").ok()
    assert (ended["status"], ended["closed_by"]) == ("closed", "time")
    assert [each["side"] for each in ended["messages"]] == ["buyer", "staff", "buyer", "staff"]
    desk.as_(one).post(f"/me/tickets/{ticket['id']}/rating", json={"stars": 5}).ok()


def test_what_a_closed_ticket_refuses(desk: Desk) -> None:
    one = shopper()
    ticket = opened(desk, one)
    client, path, mine = desk.as_(one), f"/admin/members/{one.id}/tickets/{ticket['id']}", f"/me/tickets/{ticket['id']}"
    staff = desk.staff
    with desk.cloud.unchanged():
        assert client.post(f"{mine}/rating", json={"stars": 5}).code == "ticket_not_closed"
    client.post(f"{mine}/close").ok()
    client.post(f"{mine}/rating", json={"stars": 4, "text": "很快"}).ok()
    with desk.cloud.unchanged():
        assert client.post(f"{mine}/replies", json={"text": "再问"}, key=ids.new("tap")).code == "ticket_closed"
        assert client.post(f"{mine}/close").code == "ticket_closed"
        assert client.post(f"{mine}/rating", json={"stars": 1}).code == "ticket_already_rated"
        assert staff.post(f"{path}/replies", json={"text": "好"}, key=ids.new("tap")).code == "ticket_closed"
        assert staff.post(f"{path}/close").code == "ticket_closed"
        assert staff.put(f"{path}/assignee", json={"staff_id": "stf_none"}).code == "no_such_colleague"


def test_others_tickets_and_orders_are_not_found(desk: Desk) -> None:
    one, two = shopper("one"), shopper("two")
    order, ticket = place(member_id=one.id), opened(desk, one)
    client, mine = desk.as_(two), f"/me/tickets/{ticket['id']}"
    desk.log_in()
    staff = desk.staff
    with desk.cloud.unchanged():
        assert (
            client.post("/me/tickets", json={**SAID, "order_id": order.id}, key=ids.new("tap")).code
            == "order_not_found"
        )
        assert client.get(mine).code == "ticket_not_found"
        for step, body in (("replies", {"text": "x"}), ("close", None), ("rating", {"stars": 1})):
            assert client.post(f"{mine}/{step}", json=body, key="tap-0001").code == "ticket_not_found"
        assert staff.get(f"/admin/members/{two.id}/tickets/{ticket['id']}").code == "ticket_not_found"
        assert desk.reader.post("/admin/members/x/tickets/y/close").status == 403
    assert client.get("/me/tickets").ok()["items"] == []


@pytest.mark.parametrize(
    "body",
    [{}, {**SAID, "text": ""}, {**SAID, "text": "x" * 1001}, {**SAID, "subject": "a\nb"}, {**SAID, "pictures": ["x"]}],
)
def test_bad_words(desk: Desk, body: dict[str, Any]) -> None:
    client = desk.as_(shopper())
    with desk.cloud.unchanged():
        assert client.post("/me/tickets", json=body, key=ids.new("tap")).status == 422


def test_bounds_of_a_day(desk: Desk) -> None:
    one = shopper()
    for _ in range(10):
        opened(desk, one)
        desk.as_(one).post("/me/messages", json={"text": "有没有更大的"}, key=ids.new("tap")).ok()
    with desk.cloud.unchanged():
        assert desk.as_(one).post("/me/tickets", json=SAID, key=ids.new("tap")).code == "enough_for_today"
        assert desk.as_(one).post("/me/messages", json={"text": "再来"}, key=ids.new("tap")).code == "enough_for_today"
    desk.clock.move(days=1)
    opened(desk, one)


def test_a_double_tap_writes_once_on_either_side(desk: Desk) -> None:
    one = shopper()
    mine, ticket = desk.as_(one), opened(desk, one)
    replies = f"/me/tickets/{ticket['id']}/replies"
    theirs = f"/admin/members/{one.id}/tickets/{ticket['id']}/replies"
    said: list[tuple[Client, str, dict[str, Any]]] = [
        (mine, "/me/tickets", SAID),
        (mine, "/me/messages", {"text": "有没有更大的"}),
        (mine, replies, {"text": "在吗"}),
        (desk.staff, theirs, {"text": "在"}),
    ]
    for client, path, body in said:
        first = client.post(path, json=body, key="tap-0001").ok()
        with desk.cloud.unchanged():
            assert client.post(path, json=body, key="tap-0001").ok() == first
            assert client.post(path, json={**body, "text": "别的"}, key="tap-0001").code == "idempotency_key_reused"
            assert client.post(path, json=body).status == 422
    assert (len(mine.get("/me/tickets").ok()["items"]), len(mine.get("/me/messages").ok()["items"])) == (2, 1)
    assert len(mine.get(f"/me/tickets/{ticket['id']}").ok()["messages"]) == 3


@pytest.mark.dynoxide
def test_two_taps_at_once_open_one_ticket(desk: Desk) -> None:
    one = shopper()
    with ThreadPoolExecutor(2) as pool:
        taps = [pool.submit(desk.as_(one).post, "/me/tickets", json=SAID, key="tap-0001") for _ in range(2)]
        ids_ = {each.result().ok()["id"] for each in taps}
    assert len(ids_) == len(desk.as_(one).get("/me/tickets").ok()["items"]) == 1


def test_staff_find_by_status_and_by_colleague(desk: Desk) -> None:
    one, me = shopper(), desk.staff.get("/admin/me").ok()["id"]
    found = {
        name: opened(desk, one)["id"] for name in ("open", "open, mine", "answered, mine", "closed", "closed, mine")
    }
    for name, ticket_id in found.items():
        desk.clock.move(minutes=1)
        if "mine" in name:
            path = f"/admin/members/{one.id}/tickets/{ticket_id}/assignee"
            desk.staff.put(path, json={"staff_id": me}).ok()
        if "answered" in name:
            answer(desk, one, {"id": ticket_id}).ok()
        if "closed" in name:
            desk.as_(one).post(f"/me/tickets/{ticket_id}/close").ok()

    def names(**asked: Any) -> list[str]:
        items, cursor = [], None
        while True:
            query = {"limit": 1, **asked, **({"cursor": cursor} if cursor else {})}
            page = desk.staff.get("/admin/tickets", query=query).ok()
            items += page["items"]
            if (cursor := page["cursor"]) is None:
                return [name for each in items for name, ticket_id in found.items() if ticket_id == each["id"]]

    assert names() == names(status="open") == ["open", "open, mine"]
    assert names(status="open", assignee_id=me) == ["open, mine"]
    assert names(status="open", assignee_id="nobody") == ["open"]
    assert names(status="answered", assignee_id=me) == ["answered, mine"]
    assert names(status="answered", assignee_id="nobody") == []
    assert names(status="closed", assignee_id=me) == ["closed, mine"]
    assert names(status="closed", assignee_id="nobody") == ["closed"]
    assert sorted(names(assignee_id=me)) == ["answered, mine", "closed, mine", "open, mine"]


@pytest.mark.dynoxide
def test_the_buyer_closes_while_staff_answer(desk: Desk) -> None:
    one = shopper()
    ticket = opened(desk, one)
    client, staff = desk.as_(one), desk.staff
    calls = [
        lambda: client.post(f"/me/tickets/{ticket['id']}/close"),
        lambda: staff.post(
            f"/admin/members/{one.id}/tickets/{ticket['id']}/replies", json={"text": "好"}, key=ids.new("tap")
        ),
    ]
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda call: call(), calls))
    won = [each.status < 400 for each in replies]
    messages = desk.as_(one).get(f"/me/tickets/{ticket['id']}").ok()["messages"]
    assert any(won)
    assert len(messages) == 1 + won[1]


def test_the_board(desk: Desk) -> None:
    one, other = buyer(), shopper("other")
    desk.told(one)
    note = desk.as_(one).post("/me/messages", json={"text": "希望有更大的"}, key=ids.new("tap")).ok()
    (waiting,) = desk.staff.get("/admin/board").ok()["items"]
    assert (waiting["id"], waiting["member_id"]) == (note["id"], one.id)
    path, staff = f"/admin/members/{one.id}/messages/{note['id']}/answer", desk.staff
    for text in ("下个月就有", "下周就有"):
        staff.put(path, json={"text": text}).ok()
        desk.drain(twice=True)
    assert [each.data["thing2"] for each in desk.partners.wechat.messages.of(one.openid)] == ["下个月就有"]
    (mine,) = desk.as_(one).get("/me/messages").ok()["items"]
    assert (mine["answer"], mine["status"]) == ("下周就有", "answered")
    assert desk.staff.get("/admin/board").ok()["items"] == []
    assert desk.as_(other).get("/me/messages").ok()["items"] == []
    with desk.cloud.unchanged():
        assert staff.put(path.replace("nte_", "nto_"), json={"text": "x"}).code == "note_not_found"
        assert staff.put(path, json={"text": ""}).status == 422


def test_a_closed_account_leaves_nothing(desk: Desk) -> None:
    one = shopper()
    ticket = opened(desk, one)
    answer(desk, one, ticket).ok()
    desk.as_(one).post("/me/messages", json={"text": "有没有更大的"}, key=ids.new("tap")).ok()
    parts = desk.as_(one).get("/me/export").ok()["parts"]
    assert (len(parts["tickets"][0]["messages"]), len(parts["board"])) == (2, 1)
    desk.as_(one).delete("/me", query={"confirm": True}).ok()
    desk.drain(twice=True)
    for name in ("tickets", "ticket_replies", "board_notes"):
        assert desk.cloud.items(name) == []
    desk.later(days=4)
    assert desk.cloud.dead_letters() == []


def test_the_process_dies_while_staff_answer(desk: Desk) -> None:
    made: list[tuple[Shopper, dict[str, Any]]] = []

    def prepare() -> None:
        desk.cloud.memory.clear()
        one = shopper()
        made[:] = [(one, opened(desk, one))]
        desk.log_in()

    def act() -> None:
        answer(desk, *made[0])
        desk.drain()

    def check() -> None:
        one, ticket = made[0]
        if status(desk, one, ticket) == "open":
            answer(desk, one, ticket).ok()
        desk.later(days=3.1)
        assert status(desk, one, ticket) == "closed"
        assert len(desk.as_(one).get(f"/me/tickets/{ticket['id']}").ok()["messages"]) == 2

    every_death(prepare, act, check)
