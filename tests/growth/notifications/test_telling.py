"""What happens is told: to whom agreed, once, with the right words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.kinds import service as kinds_service
from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Value, Variable
from chalicelib.growth.notifications.sending import service as sending_service
from chalicelib.growth.notifications.service import tell
from chalicelib.growth.notifications.templates import service as templates_service
from chalicelib.mall.identity.privacy import service as privacy
from chalicelib.trade.fulfillment.completion.events import ReceiptDue
from chalicelib.trade.fulfillment.shipments.events import ParcelDelivered
from chalicelib.trade.orders.events import OrderPaid
from chalicelib.trade.orders.models import OrderStatus
from tests.growth.notifications.conftest import Shop
from tests.growth.notifications.factories import buyer, messages_of, order_of, pay, quota, ship
from tests.trade.payments.factories import cancel, now_of

pytestmark = pytest.mark.usefixtures("_app")


def test_a_buyer_pays_and_is_told(shop: Shop) -> None:
    """The whole way: asked with the tap on "pay", paid in WeChat, the notice, the message on the phone."""
    shop.tell("order_paid")
    person = buyer()
    order, phone = order_of(person), shop.http.as_(person.token)
    (ask,) = phone.get("/notifications/templates?kinds=order_paid").ok()["items"]
    told = shop.partners.wechat.messages.ask(person.openid, {ask["template_id"]: "accept"})
    results = [{"template_id": each, "result": result} for each, result in told.items()]
    phone.post("/me/subscriptions", json={"results": results}).ok()
    started = phone.post(f"/orders/{order.id}/pay", json={"tender": "wechat_pay"}).ok()
    shop.partners.wechat_pay.pay(parameters=started["parameters"])
    shop.partners.wechat_pay.notices.deliver_due()
    shop.drain()
    shop.hear()
    (shown,) = shop.shown(person)
    assert shown.data == {
        "character_string1": order.number,
        "thing2": "蚕丝被 四季款",
        "amount3": "¥99.00",
        "time4": "2026年11月24日 10:00",
    }
    assert shown.page == f"pages/order/detail?id={order.id}"
    (message,) = messages_of(person)
    assert (message.status, message.number, message.data) == ("sent", str(shown.number), shown.data)
    assert quota(person, ask["template_id"]) == 0
    assert shop.counted("order_paid") == {"sent": 1}


def test_each_parcel_is_told_of(shop: Shop) -> None:
    shop.tell("parcel_shipped", "parcel_signed")
    person = buyer()
    for _ in range(2):
        shop.agree(person, "parcel_shipped", "parcel_signed")
    order = order_of(person)
    first, second = ship(order, "SF0000000000001"), ship(order, "SF0000000000002")
    for parcel in (first, second):
        parcel.delivered_at = clock.now() + timedelta(minutes=5)
        parcel.save()
        with Transaction() as tx:
            tx.emit(ParcelDelivered(member_id=person.id, order_id=order.id, parcel_id=parcel.id))
    shop.drain(twice=True)
    said = [each.data for each in shop.shown(person)]
    numbers = sorted(each["character_string4"] for each in said if "character_string4" in each)
    assert numbers == ["SF0000000000001", "SF0000000000002"]
    assert [each["time3"] for each in said if "time3" in each] == ["2026年11月24日 10:05"] * 2
    assert next(each["thing3"] for each in said if "thing3" in each) == "顺丰速运"


def test_closed_refunded_and_due(shop: Shop) -> None:
    shop.tell("order_closed", "order_refunded", "receipt_due")
    person = buyer()
    shop.agree(person, "order_closed", "order_refunded", "receipt_due")
    order, late = order_of(person), order_of(person)
    started = shop.http.as_(person.token).post(f"/orders/{late.id}/pay", json={"tender": "wechat_pay"}).ok()
    cancel(order)
    cancel(late)  # and the money comes all the same: it goes back
    shop.partners.wechat_pay.pay(parameters=started["parameters"])
    shop.drain()
    shop.partners.wechat_pay.notices.deliver_due()
    shop.drain()
    shop.partners.wechat_pay.notices.deliver_due()
    with Transaction() as tx:
        due = clock.now() + timedelta(days=3)
        tx.emit(ReceiptDue(member_id=person.id, order_id=order.id, complete_by=due))
    shop.drain()
    assert {(each.kind, each.status) for each in messages_of(person)} == {
        ("order_closed", "sent"),
        ("order_closed", "skipped"),  # two were closed, one was agreed to
        ("order_refunded", "sent"),
        ("receipt_due", "sent"),
    }
    said = {each.kind: each.data for each in messages_of(person) if each.status == "sent"}
    assert said["order_closed"]["thing3"] == "超时未支付"
    assert said["order_refunded"]["amount3"] == "¥99.00"
    assert said["receipt_due"]["time3"] == "2026年11月27日 10:00"


def test_the_same_thing_is_told_once_whatever_comes_again(shop: Shop) -> None:
    shop.tell("order_paid")
    person = buyer()
    for _ in range(3):
        shop.agree(person, "order_paid")
    order = order_of(person)
    pay(order)
    shop.drain(twice=True)
    with Transaction() as tx:  # another event of the same name about the same order
        tx.emit(OrderPaid(member_id=person.id, order_id=order.id))
    shop.drain(twice=True)
    assert (len(shop.shown(person)), shop.calls(), len(messages_of(person))) == (1, 1, 1)
    assert quota(person, shop.template("order_paid")) == 2
    assert shop.counted("order_paid") == {"sent": 1}


class TestNotTold:
    def test_who_did_not_agree(self, shop: Shop) -> None:
        shop.tell("order_paid")
        person = buyer()
        pay(order_of(person))
        shop.drain(twice=True)
        (message,) = messages_of(person)
        assert (message.status, message.code, message.data) == ("skipped", "no_quota", {})
        assert (shop.calls(), shop.counted("order_paid")) == (0, {"skipped": 1})

    def test_a_second_order_with_one_agreement(self, shop: Shop) -> None:
        shop.tell("order_paid")
        person = buyer()
        shop.agree(person, "order_paid")
        for _ in range(2):
            pay(order_of(person))
        shop.drain()
        assert sorted(each.status for each in messages_of(person)) == ["sent", "skipped"]
        assert len(shop.shown(person)) == 1

    @pytest.mark.parametrize("mapped", [True, False])
    def test_what_the_shop_does_not_tell(self, shop: Shop, mapped: bool) -> None:
        person = buyer()
        if mapped:
            shop.tell("order_paid", enabled=False)
            shop.agree(person, "order_paid")
        pay(order_of(person))
        shop.drain()
        assert (messages_of(person), shop.calls()) == ([], 0)

    def test_who_closed_the_account_before_the_event(self, shop: Shop) -> None:
        shop.tell("order_closed")
        person = buyer()
        shop.agree(person, "order_closed")
        order = order_of(person)
        cancel(order)
        privacy.close(person.id)
        shop.drain()
        assert shop.shown(person) == []
        assert {each.status for each in messages_of(person)} <= {"skipped"}
        assert all(each.data == {} for each in messages_of(person))

    def test_who_closed_it_between_the_event_and_the_call(self, shop: Shop) -> None:
        shop.tell("order_paid")
        person = buyer()
        shop.agree(person, "order_paid")
        order = order_of(person)
        pay(order)
        shop.partners.faults.api("subscribe_send", "busy", times=3)
        shop.drain()
        assert [each.status for each in messages_of(person)] == ["waiting"]
        done = now_of(order)
        done.status = OrderStatus.COMPLETED
        done.save()
        privacy.close(person.id)
        shop.sweep(minutes=5)
        assert (messages_of(person), shop.shown(person)) == ([], [])
        assert shop.cloud.items("message_quotas") == []


def test_another_feature_adds_a_kind_with_lines_of_its_own(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = Kind(
        name="back_in_stock",
        title="到货提醒",
        moment=Moment.OTHER,
        page="pages/product?id={product_id}",
        links=("product_id",),
        variables={
            "pieces": Variable(Type.NUMBER, "件数", 100),
            "arrived_at": Variable(Type.TIME, "到货", clock.now()),
        },
        fields={"number1": "pieces", "date2": "arrived_at"},
    )
    monkeypatch.setattr(kinds_service, "kinds", {"back_in_stock": kind})
    monkeypatch.setattr(templates_service, "kinds", {"back_in_stock": kind})
    monkeypatch.setattr(sending_service, "kinds", {"back_in_stock": kind})
    labels = {"number1": "件数", "date2": "到货时间"}
    template_id = shop.partners.wechat.messages.add_template(kind.title, labels)
    shop.staff.put("/admin/notifications/kinds/back_in_stock", json={"template_id": template_id}).ok()
    person = buyer()
    shop.partners.wechat.messages.ask(person.openid, {template_id: "accept"})
    shop.hear()
    said: dict[str, Value] = {"pieces": 250, "arrived_at": clock.now()}
    for _ in range(2):
        with Transaction() as tx:
            tell(tx, kind, member_id=person.id, group="prd_1", values=said, links={"product_id": "prd_1"})
    shop.drain()
    (shown,) = shop.shown(person)
    assert (shown.data, shown.page) == ({"number1": "250", "date2": "2026年11月24日"}, "pages/product?id=prd_1")


def test_the_copy_of_personal_data_holds_messages_and_agreements(shop: Shop) -> None:
    shop.tell("order_paid")
    person = buyer()
    for _ in range(2):
        shop.agree(person, "order_paid")
    pay(order_of(person))
    shop.drain()
    copy = privacy.export(person.id)["notifications"]
    assert [(each["kind"], each["status"]) for each in copy["messages"]] == [("order_paid", "sent")]
    assert copy["agreements"] == [
        {"template_id": shop.template("order_paid"), "accepted": 2, "used": 1, "left": 1},
    ]
