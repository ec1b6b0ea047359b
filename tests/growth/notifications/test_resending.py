"""Staff send again what failed: by the mended template, once, and only what is true and agreed to."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from chalicelib.gateways.wechat import client
from chalicelib.growth.notifications.errors import MessageNotFailed
from chalicelib.growth.notifications.models import Message, MessageStatus
from chalicelib.growth.notifications.resending import service
from chalicelib.growth.notifications.resending.schemas import ResendMessage
from infra.local.faults import every_death
from tests.growth.notifications.conftest import Shop
from tests.growth.notifications.factories import Buyer, buyer, messages_of, order_of, pay, quota
from tests.harness import Reply
from tests.loyalty.coupons import factories as coupons
from tests.trade.factories import staff_token

pytestmark = pytest.mark.usefixtures("_app")
WRONG = [{"keyword": "thing1", "variable": "product_name"}]


@pytest.fixture
def failed(shop: Shop) -> tuple[Buyer, Message]:
    """Mapped wrongly, so WeChat refused it with 47003; the buyer had agreed once."""
    shop.tell("order_paid", fields=WRONG)
    person = buyer()
    shop.agree(person, "order_paid")
    pay(order_of(person))
    shop.drain()
    (message,) = messages_of(person)
    assert (message.status, quota(person, message.template_id)) == ("failed", 1)
    return person, message


def resend(shop: Shop, message: Message, **more: Any) -> Reply:
    return shop.staff.post(
        "/admin/notifications/resend", json={"member_id": message.member_id, "id": message.id} | more
    )


def test_by_the_mended_template_once(shop: Shop, failed: tuple[Buyer, Message]) -> None:
    person, message = failed
    shop.tell("order_paid")
    shop.clock.move(minutes=3 * 24 * 60)
    answer = resend(shop, message).ok()
    assert (answer["status"], answer["code"], answer["ended_at"]) == ("waiting", None, None)
    assert answer["resent_at"] is not None
    assert resend(shop, message).code == "message_not_failed"
    shop.drain(twice=True)
    (shown,) = shop.shown(person)
    assert set(shown.data) == {"character_string1", "thing2", "amount3", "time4"}
    assert (shown.data["time4"], shown.data["amount3"]) == ("2026年11月24日 10:00", "¥99.00")
    assert shown.page == f"pages/order/detail?id={message.id.partition('-')[0]}"
    (after,) = messages_of(person)
    assert (after.status, after.attempts, quota(person, after.template_id)) == ("sent", 1, 0)
    assert resend(shop, message).code == "message_not_failed"
    assert shop.calls() == 2


def test_fails_again_and_again(shop: Shop, failed: tuple[Buyer, Message]) -> None:
    """Each time what it used comes back."""
    person, message = failed
    for attempt in (1, 2):
        resend(shop, message).ok()
        shop.drain()
        (after,) = messages_of(person)
        assert (after.status, after.attempts, quota(person, after.template_id)) == ("failed", attempt, 1)


def test_busy_days_later_is_tried_again_for_a_day(shop: Shop, failed: tuple[Buyer, Message]) -> None:
    person, message = failed
    shop.tell("order_paid")
    shop.clock.move(minutes=3 * 24 * 60)
    resend(shop, message).ok()
    shop.partners.faults.api("subscribe_send", "429", times=1)
    shop.drain()
    assert messages_of(person)[0].status == "waiting"
    shop.sweep(minutes=5)
    assert (messages_of(person)[0].status, len(shop.shown(person))) == ("sent", 1)


class TestRefused:
    def refused(self, shop: Shop, message: Message, code: str, **more: Any) -> None:
        before = (shop.cloud.items("messages"), shop.cloud.items("message_quotas"))
        assert resend(shop, message, **more).code == code
        shop.drain()
        assert (shop.cloud.items("messages"), shop.cloud.items("message_quotas")) == before
        assert shop.calls() == 1

    @pytest.mark.parametrize("status", [each for each in MessageStatus if each is not MessageStatus.FAILED])
    def test_what_is_not_failed(self, shop: Shop, failed: tuple[Buyer, Message], status: MessageStatus) -> None:
        _, message = failed
        message.update([Message.status.set(status)])
        self.refused(shop, message, "message_not_failed")

    def test_unknown(self, shop: Shop, failed: tuple[Buyer, Message]) -> None:
        self.refused(shop, failed[1], "message_not_found", id="ord_1-order_paid")
        self.refused(shop, failed[1], "message_not_found", member_id="mbr_1")

    def test_nothing_is_agreed_to(self, shop: Shop, failed: tuple[Buyer, Message]) -> None:
        person, message = failed
        shop.partners.wechat.messages.switch(person.openid, message.template_id, on=False)
        shop.hear()
        self.refused(shop, message, "no_message_quota")

    def test_switched_off(self, shop: Shop, failed: tuple[Buyer, Message]) -> None:
        shop.tell("order_paid", enabled=False)
        self.refused(shop, failed[1], "kind_not_told")

    def test_others_may_not(self, shop: Shop, failed: tuple[Buyer, Message]) -> None:
        body = {"member_id": failed[1].member_id, "id": failed[1].id}
        reader = shop.http.as_(staff_token("notifications.read"))
        assert reader.post("/admin/notifications/resend", json=body).status == 403

    def test_not_true_any_more(self, shop: Shop) -> None:
        shop.tell("coupon_received", fields=[{"keyword": "thing1", "variable": "coupon_title"}])
        person = buyer()
        shop.agree(person, "coupon_received")
        coupon = coupons.give(person.id)
        shop.drain()
        (message,) = messages_of(person)
        assert message.status == "failed"
        shop.clock.set(coupon.expires_at)
        self.refused(shop, message, "message_over")


def test_of_an_older_release_it_goes_in_the_words_it_had(shop: Shop, failed: tuple[Buyer, Message]) -> None:
    person, message = failed
    message.update(
        [Message.said.remove(), Message.data.set({"character_string1": "1", "thing2": "被", "time3": "10:05"})]
    )
    shop.staff.put("/admin/notifications/kinds/order_paid", json={"template_id": shop.template("parcel_signed")}).ok()
    shop.agree(person, "parcel_signed")
    resend(shop, message).ok()
    shop.drain()
    assert [each.data for each in shop.shown(person)] == [{"character_string1": "1", "thing2": "被", "time3": "10:05"}]


def test_death_at_every_step_sends_at_most_once(shop: Shop) -> None:
    ends = []

    def begin() -> None:
        shop.cloud.memory.clear()
        shop.partners.reset()
        client.access_token.forget()
        shop.tell("order_paid", fields=WRONG)
        person = buyer()
        shop.agree(person, "order_paid")
        pay(order_of(person))
        shop.drain()
        shop.tell("order_paid")

    def asked() -> ResendMessage:
        (row,) = shop.cloud.items("messages")
        return ResendMessage(member_id=row["member_id"]["S"], id=row["id"]["S"])

    def check() -> None:
        with suppress(MessageNotFailed):  # staff tap again
            service.resend(asked())
        shop.sweep(redeliver=True)
        (row,) = shop.cloud.items("messages")
        ends.append((row["status"]["S"], len(shop.partners.wechat.state.messages.shown)))

    every_death(begin, lambda: service.resend(asked()), check)
    assert set(ends) == {("sent", 1)}
