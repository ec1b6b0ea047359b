"""Deposit and balance are two payments of one order: each goes back once, to the fen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.core.ledgers import AccountMoved, insistently
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.presale.subscribers import spend_deposit
from chalicelib.trade.orders.events import AdvanceSpent
from chalicelib.trade.orders.models import Fulfillment, Order
from chalicelib.trade.payments.giving_back import service as giving_back
from chalicelib.trade.payments.models import all_of
from chalicelib.trade.payments.refunds import service as refunds
from chalicelib.trade.payments.refunds.errors import RefundTooLarge
from chalicelib.trade.payments.refunds.models import Refund
from tests.growth.campaigns.factories import had, left
from tests.growth.campaigns.presale.factories import (
    BALANCE_BEGINS,
    DEPOSIT,
    ENDS,
    FINAL,
    WHOLE,
    Stand,
    refused,
)
from tests.trade import factories
from tests.trade.after_sales.factories import to_be_fetched
from tests.trade.payments.factories import staff_token

Open = Callable[..., Stand]


def stored(stand: Stand, name: str = "ann") -> Order:
    (order,) = (each for each in factories.orders_of(stand.named(name).shopper.id) if each.status != "canceled")
    return order


def bought(stand: Stand, **more: int) -> tuple[dict[str, object], Order]:
    """Deposit and balance are paid."""
    view = stand.deposit(**more)
    stand.until(BALANCE_BEGINS)
    stand.pay_order(stand.order(view, **more))
    return view, stored(stand)


def refund(stand: Stand, order: Order, amount: int, purpose: str) -> None:
    def file() -> None:
        (payment,) = all_of(order)
        with Transaction() as tx:
            refunds.file(tx, payment, purpose=purpose, reason="售后", amount=amount)

    insistently(file)
    stand.drain()


def paid(stand: Stand, order: dict[str, str], **how: object) -> Order:
    """The money has come, and nobody has begun to send the goods."""
    begun = stand.client("ann").post(f"/orders/{order['id']}/pay", json=how).ok()
    if begun["parameters"]:
        stand.pay(begun)
        stand.partners.wechat_pay.notices.deliver_due()
    return stored(stand)


def call_off(stand: Stand, order: Order) -> None:
    with Transaction() as tx:
        giving_back.call_off(tx, order, "商家取消")
    stand.drain()


def test_an_order_called_off_gives_back_both(opened: Open) -> None:
    stand = opened(per_member_max=1, unpaid="kept")
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    order = paid(stand, stand.order(view))
    with Transaction() as tx:
        spend_deposit(AdvanceSpent(member_id=order.member_id, order_id=order.id), tx)
    assert stand.standing(view) == "spent"
    call_off(stand, order)
    (payment,) = all_of(order)
    assert (stand.refunded(payment.id), stand.refunded(str(view["id"]))) == (FINAL - DEPOSIT, DEPOSIT)
    assert (stand.standing(view), stand.money(view)) == ("returned", (FINAL, FINAL))
    stand.wait(minutes=5)
    assert (stand.held(), left(stand.campaign, stand.product)) == (0, 5)
    assert had(stand.named("ann").shopper.id, stand.campaign) == {}
    stand.until(ENDS)
    stand.wait(minutes=5)
    assert (stand.standing(view), stand.money(view)) == ("returned", (FINAL, FINAL))
    assert factories.available(stand.product) == WHOLE
    stand.require_conserved()


def test_called_off_before_the_deposit_is_marked_as_spent(stand: Stand) -> None:
    """Reactions come in any order."""
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    order = paid(stand, stand.order(view))
    assert stand.standing(view) == "ordered"
    call_off(stand, order)
    stand.wait(minutes=5)
    assert (stand.standing(view), stand.money(view)) == ("returned", (FINAL, FINAL))
    stand.require_conserved()


@pytest.mark.parametrize("amounts", [(1, 2, 3), (9999, 1), (33_333, 11_667), (FINAL - 1, 1), (15_001, 14_999, 15_000)])
def test_any_sequence_of_refunds_gives_each_what_it_paid(stand: Stand, amounts: tuple[int, ...]) -> None:
    view, order = bought(stand)
    for number, amount in enumerate(amounts):
        refund(stand, order, amount, f"as-{number}")
    assert stand.money(view) == (FINAL, sum(amounts))
    rest = FINAL - sum(amounts)
    if rest:
        refund(stand, order, rest, "rest")
    (payment,) = all_of(order)
    assert (stand.refunded(payment.id), stand.refunded(str(view["id"]))) == (FINAL - DEPOSIT, DEPOSIT)
    with pytest.raises(RefundTooLarge):
        refund(stand, order, 1, "more")
    assert stand.money(view) == (FINAL, FINAL)


def test_after_the_sale_deposit_and_balance_go_back_in_their_ratio(stand: Stand) -> None:
    """Not the balance first, and not the deposit kept: pieces that go back are worth what both paid for them."""
    view, order = bought(stand, quantity=2)
    desk = stand.http.as_(staff_token("aftersales.write"))
    whole, part = order.payable_amount, 0
    (payment,) = all_of(order)
    for _ in range(2):
        body = {"pieces": [{"line": 0, "quantity": 1}], "note": "缺货"}
        desk.post(f"/admin/orders/{order.number}/refunds", json=body, key=stand.key()).ok()
        stand.drain()
        part += whole // 2
        by_deposit = stand.refunded(str(view["id"]))
        assert abs(by_deposit - 2 * DEPOSIT * part // whole) <= 1
        assert by_deposit + stand.refunded(payment.id) == part
    assert stand.money(view) == (whole, whole)


def test_what_nobody_fetched_in_time_goes_back_to_both(stand: Stand) -> None:
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    order = stand.order(view)
    to_be_fetched(stored(stand))
    stand.pay_order(order)
    assert stored(stand).fulfillment is Fulfillment.PICKUP
    stand.wait(days=8)
    stand.deliver()
    assert (stand.money(view), stand.standing(view)) == ((FINAL, FINAL), "returned")
    stand.require_conserved()


def test_a_payment_that_was_read_before_another_refund(stand: Stand) -> None:
    """The deposit is read later than the payment, and knows more: it is to be read and decided again."""
    view, order = bought(stand)
    (as_it_was,) = all_of(order)
    refund(stand, order, FINAL - 1, "first")
    with pytest.raises(AccountMoved), Transaction() as tx:
        refunds.file(tx, as_it_was, purpose="second", reason="售后", amount=FINAL)
    assert stand.money(view) == (FINAL, FINAL - 1)


def test_staff_lower_the_price_below_the_deposit(stand: Stand) -> None:
    """What was paid in advance beyond the price goes back as soon as the order is paid."""
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    order = stand.order(view)
    desk = stand.http.as_(staff_token("orders.write"))
    reply = desk.post(
        f"/admin/orders/{order['number']}/price",
        json={"payable_amount": 3000, "reason": "熟客", "version": stored(stand).version},
    )
    reply.ok()
    begun = stand.client("ann").post(f"/orders/{order['id']}/pay", json={}).ok()
    assert (begun["channel_amount"], begun["paid"], begun["parameters"]) == (0, True, {})
    assert begun["parts"] == [{"tender": "advance", "amount": 3000}]
    call_off(stand, stored(stand))
    assert stand.money(view) == (DEPOSIT, DEPOSIT)
    refunds_of = sorted(each.amount for each in Refund.scan(consistent_read=True) if each.payment_id == view["id"])
    assert refunds_of == [DEPOSIT - 3000, 3000]
    stand.wait(minutes=5)
    assert stand.money(view) == (DEPOSIT, DEPOSIT)
    stand.require_conserved()


def test_a_price_changed_while_it_is_paid(stand: Stand) -> None:
    """The payment for the old price is late: its own money goes back, the deposit stays in the order."""
    view = stand.deposit()
    stand.until(BALANCE_BEGINS)
    order = stand.order(view)
    first = stand.client("ann").post(f"/orders/{order['id']}/pay", json={}).ok()
    stand.pay(first)
    order_row = stored(stand)
    order_row.payable_amount = 20_000
    order_row.save()
    stand.deliver()
    assert stand.money(view) == (FINAL, FINAL - DEPOSIT)
    stand.pay_order(order)
    assert stand.money(view) == (FINAL + 20_000 - DEPOSIT, FINAL - DEPOSIT)
    assert stand.standing(view) == "spent"


def test_nobody_asks_for_an_advance(stand: Stand) -> None:
    line = factories.line(stand.product)
    order = stand.named("ann").order(line)
    path = f"/orders/{order['id']}/pay"
    buyer = stand.client("ann")
    refused(buyer.post(path, json={"parts": [{"tender": "advance", "amount": 1}]}), "tender_unavailable")
    begun = buyer.post(path, json={"parts": [{"tender": "advance"}]}).ok()
    assert (begun["channel_amount"], begun["parts"]) == (60_000, [])


def test_the_rest_may_come_from_the_wallet(stand: Stand, stored_value: None) -> None:
    from tests.loyalty.wallet.factories import buckets, fill

    view = stand.deposit()
    member_id = stand.named("ann").shopper.id
    fill(member_id, 7000)
    stand.until(BALANCE_BEGINS)
    order = stand.order(view)
    path, more = f"/orders/{order['id']}/pay", [{"tender": "wallet", "amount": FINAL}]
    refused(stand.client("ann").post(path, json={"parts": more}), "parts_too_large", payable_amount=FINAL - DEPOSIT)
    begun = stand.client("ann").post(path, json={"parts": [{"tender": "wallet", "amount": 7000}]}).ok()
    again = stand.client("ann").post(path, json={"parts": [{"tender": "wallet", "amount": 7000}]}).ok()
    assert begun["payment_id"] == again["payment_id"]
    assert (begun["channel_amount"], buckets(member_id)) == (FINAL - DEPOSIT - 7000, (0, 0))
    stand.pay(again)
    stand.partners.wechat_pay.notices.deliver_due()
    call_off(stand, stored(stand))
    assert (stand.money(view), buckets(member_id)) == ((FINAL - 7000, FINAL - 7000), (7000, 0))
