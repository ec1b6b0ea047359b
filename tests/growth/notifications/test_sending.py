"""What WeChat answers, and what becomes of the message, of the quota, and of its neighbors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from chalicelib.core.outbox import OutboxItem
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.models import Message
from chalicelib.growth.notifications.sending import service as sending
from tests.growth.notifications.conftest import Shop
from tests.growth.notifications.factories import Buyer, buyer, messages_of, order_of, pay, quota

pytestmark = pytest.mark.usefixtures("_app")


@pytest.fixture
def person(shop: Shop) -> Buyer:
    """Agreed twice to hear that an order is paid."""
    shop.tell("order_paid")
    made = buyer()
    for _ in range(2):
        shop.agree(made, "order_paid")
    return made


def left(shop: Shop, person: Buyer) -> int:
    return quota(person, shop.template("order_paid"))


def only(person: Buyer) -> Message:
    (message,) = messages_of(person)
    return message


@pytest.mark.parametrize(
    ("errcode", "status", "quota_left"),
    [
        (43101, "refused", 0),
        (40037, "failed", 2),
        (41030, "failed", 2),
        (47003, "failed", 2),
        (40003, "failed", 2),
        (99999, "failed", 2),
    ],
)
def test_an_answer_that_is_final(
    shop: Shop, person: Buyer, errcode: int, status: str, quota_left: int, caplog: pytest.LogCaptureFixture
) -> None:
    refusal = {"errcode": errcode, "errmsg": "data.thing2.value invalid rid: 1"}
    shop.partners.faults.api("subscribe_send", "answer", status=200, document=refusal)
    pay(order_of(person))
    shop.drain()
    shop.sweep(minutes=3)
    message = only(person)
    assert (message.status, message.code, left(shop, person)) == (status, str(errcode), quota_left)
    assert (shop.calls(), shop.counted("order_paid")) == (1, {status: 1})
    alarms = [each for each in caplog.records if getattr(each, "alarm", False)]
    assert bool(alarms) == (errcode in (40037, 41030, 47003))


@pytest.mark.parametrize(("kind", "times"), [("busy", 3), ("429", 1)])
def test_too_busy_means_later(shop: Shop, person: Buyer, kind: str, times: int) -> None:
    shop.partners.faults.api("subscribe_send", kind, times=times)
    pay(order_of(person))
    shop.drain()
    assert (only(person).status, left(shop, person)) == ("waiting", 1)
    shop.sweep(minutes=5)
    assert (only(person).status, len(shop.shown(person)), left(shop, person)) == ("sent", 1, 1)


@pytest.mark.parametrize("kind", ["500", "502", "garbage", "reset", "lost_answer"])
def test_what_may_have_been_sent_is_not_sent_again(
    shop: Shop, person: Buyer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIYU_PARTNER_TIMEOUT_SECONDS", "0.3")
    settings.cache_clear()
    shop.partners.faults.api("subscribe_send", kind, seconds=0.5)
    pay(order_of(person))
    shop.drain()
    shop.sweep(minutes=3)
    assert (only(person).status, left(shop, person), shop.calls()) == ("uncertain", 1, 1)
    assert len(shop.shown(person)) == (kind == "lost_answer")
    assert shop.counted("order_paid") == {"uncertain": 1}


def test_wechat_is_down_for_an_hour_and_comes_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens; then everybody is told, once."""
    shop.tell("order_paid")
    people = [buyer(f"p{n}") for n in range(5)]
    for each in people:
        shop.agree(each, "order_paid")
    monkeypatch.setenv("SIYU_WECHAT_BASE_URL", "http://127.0.0.1:9/wechat")
    settings.cache_clear()
    for each in people:
        pay(order_of(each))
    shop.drain()
    for _ in range(12):
        shop.sweep(minutes=5)
    assert {message.status for each in people for message in messages_of(each)} == {"waiting"}
    assert shop.cloud.dead_letters() == []
    monkeypatch.undo()
    settings.cache_clear()
    shop.sweep(minutes=62)
    assert [len(shop.shown(each)) for each in people] == [1] * 5
    assert shop.counted("order_paid") == {"sent": 5}


def test_silence_while_the_token_is_fetched_loses_no_message(shop: Shop, person: Buyer) -> None:
    shop.partners.faults.api("stable_token", "500", times=3)
    pay(order_of(person))
    shop.drain()
    assert only(person).status == "waiting"
    shop.sweep(minutes=3)
    assert only(person).status == "sent"


def test_after_a_day_it_is_given_up(shop: Shop, person: Buyer) -> None:
    wrong = {"errcode": 40125, "errmsg": "invalid appsecret"}
    shop.partners.faults.api("subscribe_send", "answer", times=1000, status=200, document=wrong)
    pay(order_of(person))
    shop.drain()
    message = only(person)
    assert (message.status, message.code, left(shop, person)) == ("waiting", "40125", 1)
    message.made_at -= sending.GIVE_UP_AFTER
    message.save()
    shop.sweep(minutes=2)
    assert (only(person).status, only(person).code, left(shop, person)) == ("failed", "40125", 2)
    shop.sweep(minutes=5)
    assert shop.calls() == 2


def test_the_pauses_grow_to_an_hour(shop: Shop, person: Buyer) -> None:
    shop.partners.faults.api("subscribe_send", "429", times=1000)
    pay(order_of(person))
    shop.drain()
    begun, tried = shop.clock.at, []
    for attempt in range(1, 9):
        (deadline,) = [each for each in shop.cloud.items("outbox") if each["kind"]["S"] == "SendMessage"]
        shop.clock.set(datetime.fromisoformat(deadline["due_at"]["S"]))
        tried.append(round((shop.clock.at - begun).total_seconds() / 60))
        begun = shop.clock.at
        with Transaction() as tx:
            sending.send(tx, person.id, only(person).id, attempt)
        OutboxItem(slot=deadline["slot"]["S"], id=deadline["id"]["S"]).delete()
    assert tried == [1, 2, 4, 8, 16, 32, 60, 60]


def test_one_bad_message_never_harms_its_neighbors(shop: Shop) -> None:
    shop.tell("order_paid")
    people = [buyer(f"p{n}") for n in range(10)]
    for each in people:
        shop.agree(each, "order_paid")
    shop.partners.wechat.state.messages.unknown.append(people[3].openid)
    shop.partners.wechat.messages.switch(people[5].openid, shop.template("order_paid"), on=False)
    for each in people:
        pay(order_of(each))
    shop.drain()
    statuses = [only(each).status for each in people]
    assert (statuses.pop(5), statuses.pop(3)) == ("refused", "failed")
    assert set(statuses) == {"sent"}


def test_a_template_that_wants_other_fields_is_a_failure_that_staff_see(shop: Shop) -> None:
    person = buyer()
    fields: list[dict[str, Any]] = [{"keyword": "thing1", "variable": "product_name"}]
    shop.tell("order_paid", fields=fields)
    shop.agree(person, "order_paid")
    pay(order_of(person))
    shop.drain()
    found = shop.staff.get(f"/admin/notifications/messages?member_id={person.id}").ok()["items"]
    assert [(each["status"], each["code"], each["data"]) for each in found] == [
        ("failed", "47003", {"thing1": "蚕丝被 四季款"})
    ]
