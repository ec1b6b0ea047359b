"""What becomes of deposits: kept, refunded, returned with their order; closed on time; told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.presale.events import LapseDeposit
from chalicelib.growth.campaigns.presale.models import Deposit
from chalicelib.growth.campaigns.presale.settling import service as settling
from chalicelib.growth.notifications.kinds.service import kinds
from chalicelib.growth.notifications.models import Message, MessageQuota
from chalicelib.mall.catalog.products.models import Product, ProductStatus
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.payments.refunds.models import Refund
from tests.growth.campaigns.factories import had, left
from tests.growth.campaigns.presale.factories import (
    BALANCE_BEGINS,
    DEPOSIT,
    ENDS,
    FINAL,
    WHOLE,
    Stand,
    deposit_of,
    refused,
)
from tests.growth.campaigns.presale.rows import some_paid
from tests.trade import factories

Open = Callable[..., Stand]
SECOND, HALF_AN_HOUR = timedelta(seconds=1), timedelta(minutes=30)


@pytest.mark.parametrize(("rule", "status", "back"), [("kept", "kept", 0), ("refunded", "refunded", DEPOSIT)])
def test_nobody_pays_the_balance(opened: Open, rule: str, status: str, back: int) -> None:
    stand = opened(unpaid=rule)
    view = stand.deposit()
    stand.until(ENDS - SECOND)
    assert stand.standing(view) == "due"
    stand.wait(minutes=5)
    assert (stand.standing(view), stand.money(view)) == (status, (DEPOSIT, back))
    assert (factories.available(stand.product), stand.held(), left(stand.campaign, stand.product)) == (WHOLE, 0, 0)
    stand.require_conserved()


def taken_off(product: Product) -> None:
    product.status = ProductStatus.UNLISTED


def sku_gone(product: Product) -> None:
    product.skus = [product.skus[0].model_copy(update={"id": "sku_other"})]


def minimum(product: Product) -> None:
    product.min_quantity = 2


def fewer_an_order(product: Product) -> None:
    product.per_order_max = 0


def schedule_ends(product: Product) -> None:
    product.unlist_at = clock.now()


def schedule_begins(product: Product) -> None:
    """By the end it is on sale again: a part of the time was not the buyer's."""
    product.list_at = clock.now() + HALF_AN_HOUR


def change(stand: Stand, how: Callable[[Product], None]) -> None:
    product = Product.get(stand.product.id, consistent_read=True)
    how(product)
    product.save()


@pytest.mark.parametrize(
    "how", [taken_off, sku_gone, minimum, fewer_an_order, schedule_ends, schedule_begins], ids=lambda how: how.__name__
)
def test_goods_that_could_not_be_bought(opened: Open, how: Callable[[Product], None]) -> None:
    """Whatever the rule: the deposit goes back, once, and says why."""
    stand = opened(unpaid="kept")
    view = stand.deposit()
    stand.until(BALANCE_BEGINS + HALF_AN_HOUR)
    change(stand, how)
    refused(stand.named("ann").try_preview(factories.line(stand.product), presale=view["id"]), "lines_invalid")
    stand.until(ENDS + timedelta(minutes=5))
    assert (stand.standing(view), stand.money(view)) == ("refunded", (DEPOSIT, DEPOSIT))
    assert [each.reason for each in Refund.scan(consistent_read=True)] == [settling.GONE]
    stand.require_conserved()


def test_off_sale_while_its_order_waits(opened: Open) -> None:
    """The order can be paid; unpaid, the deposit can not be ordered again."""
    stand = opened(unpaid="kept")
    paid, unpaid = stand.deposit("ann"), stand.deposit("bob")
    stand.until(BALANCE_BEGINS)
    order = stand.order(paid, "ann")
    stand.order(unpaid, "bob")
    change(stand, taken_off)
    stand.pay_order(order, "ann")
    stand.until(ENDS + timedelta(hours=1))
    assert (stand.standing(paid, "ann"), stand.money(paid)) == ("spent", (FINAL, 0))
    assert (stand.standing(unpaid, "bob"), stand.money(unpaid)) == ("refunded", (DEPOSIT, DEPOSIT))
    stand.require_conserved()


def test_goods_that_could_be_bought(opened: Open) -> None:
    """Off sale before the balance, or with the presale's end, takes nothing from the buyer: the rule holds."""
    stand = opened(unpaid="kept")
    view = stand.deposit()
    change(stand, taken_off)
    stand.until(BALANCE_BEGINS - HALF_AN_HOUR)

    def as_scheduled(product: Product) -> None:
        product.status = ProductStatus.LISTED
        product.list_at, product.unlist_at = stand.began_at + BALANCE_BEGINS, stand.began_at + ENDS

    change(stand, as_scheduled)
    stand.until(ENDS - SECOND)
    assert stand.preview(view)["advance_amount"] == DEPOSIT
    stand.wait(minutes=5)
    assert (stand.standing(view), stand.money(view)) == ("kept", (DEPOSIT, 0))
    stand.require_conserved()


@pytest.mark.parametrize("rule", ["kept", "refunded"])
def test_the_merchant_ends_it(opened: Open, rule: str) -> None:
    """Whoever paid has the money back, whatever the rule; placed orders stay, and can be paid."""
    stand = opened(unpaid=rule)
    waits, ordered, unpaid = stand.deposit("ann"), stand.deposit("bob"), stand.deposit("eve")
    pending = stand.try_begin("dan").ok()
    stand.until(BALANCE_BEGINS)
    order, left_alone = stand.order(ordered, "bob"), stand.order(unpaid, "eve")
    stand.booth.step(stand.campaign, "stop")
    assert stand.standing(waits) == "over"
    quote = stand.preview(waits)
    assert quote["advance_amount"] == 0
    stand.drain()
    stand.pay_order(order, "bob")
    stand.cancel(left_alone, "eve")
    stand.wait(minutes=10)
    assert (stand.standing(waits), stand.money(waits)) == ("refunded", (DEPOSIT, DEPOSIT))
    assert (stand.standing(ordered, "bob"), stand.money(ordered)) == ("spent", (FINAL, 0))
    assert (stand.standing(unpaid, "eve"), stand.money(unpaid)) == ("refunded", (DEPOSIT, DEPOSIT))
    assert stand.standing(pending, "dan") == "closed"
    assert factories.available(stand.product) == WHOLE - 1
    stand.require_conserved()
    stand.until(ENDS + timedelta(hours=1))
    assert stand.money(waits) == (DEPOSIT, DEPOSIT)


def test_paid_after_the_merchant_ended_it(stand: Stand) -> None:
    view = stand.try_begin().ok()
    stand.booth.step(stand.campaign, "stop")
    stand.drain()
    stand.pay(view)
    stand.deliver()
    assert (stand.standing(view), stand.money(view)) == ("refunded", (DEPOSIT, DEPOSIT))
    stand.require_conserved()


def test_paid_after_it_was_closed(stand: Stand) -> None:
    """The channel took the money all the same: the pieces are others' by now."""
    view = stand.try_begin().ok()
    stand.pay(view)
    purchases.close(purchases.load(view["id"]))
    assert (stand.standing(view), stand.held()) == ("closed", 0)
    stand.deliver()
    assert (stand.standing(view), stand.money(view)) == ("refunded", (DEPOSIT, DEPOSIT))
    stand.require_conserved()


def test_a_canceled_order_lets_the_deposit_wait_again(stand: Stand) -> None:
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    stand.cancel(stand.order(view))
    assert (stand.standing(view), stand.held(), stand.money(view)) == ("due", 1, (DEPOSIT, 0))
    order = stand.order(view)
    stand.pay_order(order)
    assert (stand.standing(view), stand.money(view)) == ("spent", (FINAL, 0))
    stand.require_conserved()


@pytest.mark.parametrize(("rule", "status", "back"), [("kept", "kept", 0), ("refunded", "refunded", DEPOSIT)])
def test_an_order_of_the_last_second_that_nobody_pays(opened: Open, rule: str, status: str, back: int) -> None:
    stand = opened(unpaid=rule)
    view = stand.deposit()
    stand.until(ENDS - SECOND)
    order = stand.order(view)
    stand.wait(minutes=10)
    assert stand.standing(view) == "ordered"
    stand.wait(hours=1)
    assert stand.client("ann").get(f"/orders/{order['id']}").ok()["status"] == "canceled"
    assert (stand.standing(view), stand.money(view)) == (status, (DEPOSIT, back))
    assert factories.available(stand.product) == WHOLE
    stand.require_conserved()


def test_an_order_of_the_last_second_that_is_paid(stand: Stand) -> None:
    view = stand.deposit()
    stand.until(ENDS - SECOND)
    order = stand.order(view)
    stand.wait(minutes=10)
    stand.pay_order(order)
    stand.wait(hours=1)
    assert (stand.standing(view), stand.money(view)) == ("spent", (FINAL, 0))
    stand.require_conserved()


def test_the_sweep_is_down_for_an_hour(opened: Open) -> None:
    stand = opened(unpaid="kept")
    view = stand.deposit()
    stand.until(ENDS + timedelta(hours=1), deliver=False)
    assert stand.standing(view) == "over"
    assert stand.preview(view)["advance_amount"] == 0
    stand.wait(minutes=1)
    assert stand.standing(view) == "kept"
    stand.require_conserved()


def test_deadlines_delivered_twice(stand: Stand) -> None:
    view = stand.deposit()
    stand.until(ENDS)
    for _ in range(2):
        with Transaction() as tx:
            named = {"member_id": deposit_of(view).member_id, "campaign_id": stand.campaign["id"]}
            tx.emit(LapseDeposit(**named, deposit_id=view["id"]))
        stand.drain(twice=True)
    stand.wait(minutes=3)
    assert (stand.standing(view), stand.money(view)) == ("refunded", (DEPOSIT, DEPOSIT))


def test_staff_give_one_back(opened: Open) -> None:
    stand = opened(unpaid="kept", per_member_max=1)
    view, other = stand.deposit(), stand.deposit("bob")
    member_id = stand.named("ann").shopper.id
    path, body = f"/admin/presale-deposits/{view['id']}/refund", {"member_id": member_id}
    refused(stand.booth.staff.post(path, json={"member_id": stand.named("bob").shopper.id}), "deposit_not_found")
    assert stand.booth.staff.post(path, json=body).ok()["status"] == "refunded"
    refused(stand.booth.staff.post(path, json=body), "deposit_settled", status="refunded")
    stand.drain()
    assert (stand.standing(view), stand.money(view)) == ("refunded", (DEPOSIT, DEPOSIT))
    assert (stand.held(), left(stand.campaign, stand.product), had(member_id, stand.campaign)) == (1, 4, {})
    stand.until(ENDS + timedelta(minutes=1))
    assert stand.standing(other, "bob") == "kept"
    late = {"member_id": stand.named("bob").shopper.id}
    stand.booth.staff.post(f"/admin/presale-deposits/{other['id']}/refund", json=late).ok()
    stand.drain()
    assert stand.money(other) == (DEPOSIT, DEPOSIT)
    stand.require_conserved()
    rows = stand.booth.staff.get("/admin/presale-deposits", query={"campaign_id": stand.campaign["id"]}).ok()["items"]
    assert [(each["id"], each["status"]) for each in rows] == [(other["id"], "refunded"), (view["id"], "refunded")]


def test_one_in_an_order_is_not_given_back_by_hand(stand: Stand) -> None:
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    stand.order(view)
    body = {"member_id": stand.named("ann").shopper.id}
    reply = stand.booth.staff.post(f"/admin/presale-deposits/{view['id']}/refund", json=body)
    refused(reply, "deposit_settled", status="ordered")
    assert stand.money(view) == (DEPOSIT, 0)


KINDS = ("balance_due", "balance_ending", "deposit_settled")


def map_kinds(stand: Stand, name: str = "ann") -> None:
    """Staff mapped the kinds to the account's templates, and the member agreed to be told."""
    staff = stand.http.as_(factories.staff_token("notifications.read", "notifications.write"))
    for kind in KINDS:
        template_id = stand.partners.wechat.messages.template_of(kinds[kind].title).id
        staff.put(f"/admin/notifications/kinds/{kind}", json={"template_id": template_id}).ok()
        MessageQuota(member_id=stand.named(name).shopper.id, template_id=template_id, left=5).save()


def told(stand: Stand, name: str = "ann") -> list[tuple[str, str]]:
    mine = Message.query(stand.named(name).shopper.id, consistent_read=True)
    return sorted((each.kind, each.page or "") for each in mine)


def test_members_are_told_once(opened: Open) -> None:
    stand = opened(unpaid="kept")
    map_kinds(stand)
    view = stand.deposit()
    page = f"pages/presale/deposit?id={view['id']}"
    stand.until(BALANCE_BEGINS - SECOND)
    assert told(stand) == []
    stand.wait(minutes=2)
    assert told(stand) == [("balance_due", page)]
    stand.until(ENDS - timedelta(minutes=58))
    assert told(stand) == [("balance_due", page), ("balance_ending", page)]
    stand.wait(hours=2)
    assert told(stand) == [(kind, page) for kind in KINDS]


def test_who_has_ordered_is_not_reminded(stand: Stand) -> None:
    map_kinds(stand)
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    stand.pay_order(stand.order(view))
    stand.wait(hours=4)
    assert told(stand) in ([], [("balance_due", f"pages/presale/deposit?id={view['id']}")])


def test_many_deposits_of_a_stopped_presale(opened: Open) -> None:
    """More than a page, and each goes back once."""
    stand = opened(stock=1, unpaid="kept")
    deposits = some_paid(stand, 30)
    stand.booth.step(stand.campaign, "stop")
    stand.wait(minutes=1)
    assert {each.status.value for each in Deposit.scan(consistent_read=True)} == {"refunded"}
    refunds = list(Refund.scan(consistent_read=True))
    assert sorted(each.payment_id for each in refunds) == sorted(deposits)
    assert {each.amount for each in refunds} == {DEPOSIT}
