"""One acceptance, one message: told by the phone, told by WeChat, told twice, told falsely."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.growth.notifications.models import MessageQuota
from chalicelib.growth.notifications.quotas import service
from chalicelib.mall.identity.privacy import service as privacy
from tests.growth.notifications.conftest import Shop
from tests.growth.notifications.factories import Buyer, buyer, messages_of, order_of, pay, quota
from tests.harness import Reply

pytestmark = pytest.mark.usefixtures("_app")


@pytest.fixture
def paid(shop: Shop) -> str:
    """The template of "paid", mapped."""
    shop.tell("order_paid")
    return shop.template("order_paid")


def report(shop: Shop, person: Buyer, *results: tuple[str, str]) -> Reply:
    body = {"results": [{"template_id": each, "result": result} for each, result in results]}
    return shop.http.as_(person.token).post("/me/subscriptions", json=body)


class TestAccepted:
    @pytest.mark.parametrize("told_by", ["phone", "wechat", "both"])
    def test_an_acceptance_counts_once_whoever_tells(self, shop: Shop, paid: str, told_by: str) -> None:
        person = buyer()
        for n in range(1, 4):
            shop.agree(person, "order_paid", told_by=told_by)
            assert quota(person, paid) == n
            shop.clock.move(seconds=1)

    def test_the_phone_first_and_wechat_late(self, shop: Shop, paid: str) -> None:
        person = buyer()
        for _ in range(2):
            report(shop, person, (paid, "accept")).ok()
            shop.partners.wechat.messages.ask(person.openid, {paid: "accept"})
        shop.hear()
        assert quota(person, paid) == 2

    def test_what_was_used_in_between_does_not_come_back(self, shop: Shop, paid: str) -> None:
        person = buyer()
        shop.partners.wechat.messages.ask(person.openid, {paid: "accept"})
        report(shop, person, (paid, "accept")).ok()
        pay(order_of(person))
        shop.drain()
        assert len(shop.shown(person)) == 1
        shop.hear()
        assert quota(person, paid) == 0

    def test_words_that_are_far_apart_are_two(self, shop: Shop, paid: str) -> None:
        person = buyer()
        shop.agree(person, "order_paid", told_by="phone")
        shop.clock.move(minutes=11)
        shop.agree(person, "order_paid", told_by="wechat")
        assert quota(person, paid) == 2

    def test_a_push_that_comes_twice_counts_once(self, shop: Shop, paid: str) -> None:
        person = buyer()
        shop.partners.faults.push("doubled")
        shop.agree(person, "order_paid", told_by="wechat")
        assert quota(person, paid) == 1

    def test_several_templates_in_one_push(self, shop: Shop, paid: str) -> None:
        shop.tell("parcel_shipped", "parcel_signed")
        for form in ("json", "xml"):
            shop.partners.wechat.pushes.form = form
            shop.agree(buyer(form), "order_paid", "parcel_shipped", "parcel_signed", told_by="wechat")
            assert [quota(buyer(form), shop.template(each)) for each in ("order_paid", "parcel_signed")] == [1, 1]
        shop.partners.wechat.pushes.form = "xml"
        shop.agree(buyer("one"), "order_paid", told_by="wechat")
        assert quota(buyer("one"), paid) == 1

    def test_the_answer_tells_what_is_left(self, shop: Shop, paid: str) -> None:
        person = buyer()
        assert report(shop, person, (paid, "accept")).ok() == {"items": [{"template_id": paid, "left": 1}]}
        assert report(shop, person, (paid, "reject")).ok() == {"items": [{"template_id": paid, "left": 1}]}

    def test_who_lies_saves_up_no_more_than_twenty(self, shop: Shop, paid: str) -> None:
        person = buyer()
        for _ in range(25):
            report(shop, person, (paid, "accept")).ok()
        assert quota(person, paid) == service.MOST == 20
        pay(order_of(person))
        shop.drain()
        (message,) = messages_of(person)
        assert (message.status, message.code, quota(person, paid)) == ("refused", "43101", 0)


class TestNotAccepted:
    @pytest.mark.parametrize("answer", ["reject", "filter", "ban"])
    def test_no_other_answer_counts(self, shop: Shop, paid: str, answer: str) -> None:
        person = buyer()
        with shop.cloud.unchanged():
            report(shop, person, (paid, answer)).ok()
        shop.agree(person, "order_paid", answer="reject", told_by="wechat")
        assert quota(person, paid) == 0

    def test_a_template_that_the_shop_does_not_use_is_ignored(self, shop: Shop, paid: str) -> None:
        person = buyer()
        with shop.cloud.unchanged():
            assert report(shop, person, ("T-somebody-elses", "accept")).ok() == {"items": []}

    @pytest.mark.parametrize(
        "results",
        [
            [],
            [{"template_id": "T-0123456789", "result": "accept"}] * 6,
            [{"template_id": "T-0123456789", "result": "maybe"}],
            [{"template_id": "x" * 65, "result": "accept"}],
            [{"template_id": "T 0123456789", "result": "accept"}],
            "accept",
        ],
    )
    def test_bad_reports_are_refused(self, shop: Shop, results: Any) -> None:
        person = buyer()
        with shop.cloud.unchanged():
            assert shop.http.as_(person.token).post("/me/subscriptions", json={"results": results}).status == 422
            assert shop.http.post("/me/subscriptions", json={"results": results}).status == 401

    def test_a_closed_account_agrees_to_nothing(self, shop: Shop, paid: str) -> None:
        person = buyer()
        token = person.token
        privacy.close(person.id)
        body = {"results": [{"template_id": paid, "result": "accept"}]}
        with shop.cloud.unchanged():
            assert shop.http.as_(token).post("/me/subscriptions", json=body).status == 401
        shop.partners.wechat.messages.ask(person.openid, {paid: "accept"})
        assert shop.hear() == [200]
        assert MessageQuota.find(person.id, paid) is None


class TestChanged:
    def test_switched_off_in_wechat_nothing_is_left(self, shop: Shop, paid: str) -> None:
        person = buyer()
        for _ in range(3):
            shop.agree(person, "order_paid")
        shop.partners.wechat.messages.switch(person.openid, paid, on=False)
        shop.hear()
        assert quota(person, paid) == 0
        shop.partners.wechat.messages.switch(person.openid, paid, on=True)
        shop.hear()
        assert quota(person, paid) == 0

    def test_what_did_not_reach_the_phone_is_noted(self, shop: Shop, paid: str) -> None:
        person = buyer()
        for _ in range(2):
            shop.agree(person, "order_paid")
        shop.partners.wechat.state.messages.unreachable.append(person.openid)
        pay(order_of(person))
        shop.drain()
        assert [each.status for each in messages_of(person)] == ["sent"]
        shop.hear()
        (message,) = messages_of(person)
        assert (message.status, message.code, quota(person, paid)) == ("undelivered", "1", 0)
        assert shop.counted("order_paid") == {"sent": 1, "undelivered": 1}

    @pytest.mark.parametrize(
        "entries",
        [
            None,
            "text",
            [],
            [1, None, {}],
            {"TemplateId": 5},
            {"TemplateId": "x" * 65, "SubscribeStatusString": "accept"},
            {"TemplateId": "T-1", "SubscribeStatusString": {"accept": 1}, "ErrorCode": None, "MsgID": []},
            [{"TemplateId": "T-1", "ErrorCode": "0"}],
        ],
    )
    def test_odd_pushes_change_nothing(self, shop: Shop, entries: Any) -> None:
        person = buyer()
        shop.partners.wechat.pushes.mode = "safe"
        for event in ("popup", "change"):
            message = {"MsgType": "event", "Event": f"subscribe_msg_{event}_event", "List": entries}
            shop.partners.wechat.pushes.write(message, person.openid)
        assert shop.hear() == [200, 200]
        assert shop.cloud.items("message_quotas") == []

    def test_somebody_who_is_no_member(self, shop: Shop, paid: str) -> None:
        shop.partners.wechat.messages.ask("o-nobody", {paid: "accept"})
        shop.partners.wechat.messages.switch("o-nobody", paid, on=False)
        assert shop.hear() == [200, 200]
        assert shop.cloud.items("message_quotas") == []
