"""Paid in parts, by an account and a channel: all or nothing, and back to the fen where each part came from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import aws
from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.transaction import Transaction
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.payments import service, tender
from chalicelib.trade.payments.models import Part, Payment, PaymentStatus
from chalicelib.trade.payments.refunds import service as refunding
from chalicelib.trade.payments.refunds.errors import RefundTooLarge
from chalicelib.trade.payments.refunds.models import RefundStatus
from infra.local.faults import every_death
from tests.core import things
from tests.harness import Cloud, Reply
from tests.trade.payments.conftest import Till
from tests.trade.payments.factories import MEMBER, buyer_token, cancel, now_of, payments, place, refunds, reprice
from tests.trade.payments.purse import PurseTender, balance, fill

Do = Callable[..., Any]


@pytest.fixture(autouse=True)
def _a_purse(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    things.make_tables(aws.client("dynamodb"))
    monkeypatch.setattr(tender, "accounts", [PurseTender()])
    yield
    for model in (things.Purse, things.PurseEntry):
        for item in model.scan():
            item.delete()


def start(till: Till, order: Order, amount: int | None = None, **part: Any) -> Reply:
    body = {"parts": [{"tender": "purse", "amount": amount, **part}]}
    return till.http.as_(buyer_token(order.member_id)).post(f"/orders/{order.id}/pay", json=body)


def pay_the_rest(till: Till, view: Any) -> None:
    till.partners.wechat_pay.pay(parameters=view["parameters"])
    assert till.deliver()[-1] == 200


class TestPaying:
    def test_a_part_and_the_rest_by_the_channel(self, till: Till, drain: Do) -> None:
        fill(MEMBER, 3000)
        order = place()
        view = start(till, order, 2500).ok()
        assert (view["amount"], view["channel_amount"], view["paid"]) == (9900, 7400, False)
        assert balance(MEMBER) == 500
        assert till.trade(view["payment_id"])["amount"]["total"] == 7400
        pay_the_rest(till, view)
        drain(twice=True)
        assert (now_of(order).status, now_of(order).paid_amount, balance(MEMBER)) == (OrderStatus.PROCESSING, 9900, 500)

    def test_as_much_as_is_there(self, till: Till) -> None:
        fill(MEMBER, 3000)
        view = start(till, order := place()).ok()
        assert (view["parts"], view["channel_amount"]) == ([{"tender": "purse", "amount": 3000}], 6900)
        again = start(till, order).ok()
        assert again["payment_id"] == view["payment_id"]
        assert balance(MEMBER) == 0

    def test_an_account_pays_everything_at_once(self, till: Till, drain: Do) -> None:
        fill(MEMBER, 10_000)
        order = place()
        view = start(till, order).ok()
        assert (view["paid"], view["parameters"], view["tender"]) == (True, {}, "purse")
        drain()
        paid = now_of(order)
        assert (paid.status, paid.paid_amount, paid.payment_id) == (OrderStatus.PROCESSING, 9900, view["payment_id"])
        assert (balance(MEMBER), paid.payment_count, till.calls("jsapi")) == (100, 1, 0)
        assert start(till, order).code == "order_not_pending"
        assert balance(MEMBER) == 100

    @pytest.mark.parametrize(
        ("part", "code"),
        [
            ({"amount": 3001}, "balance_too_low"),
            ({"amount": 9901}, "parts_too_large"),
            ({"tender": "cash"}, "tender_unavailable"),
            *(({"amount": amount}, "invalid") for amount in (0, -1, "x", MAX_AMOUNT + 1, 1.5)),
        ],
    )
    def test_refused_and_nothing_written(self, till: Till, cloud: Cloud, part: Any, code: str) -> None:
        fill(MEMBER, 3000)
        order = place()
        with cloud.unchanged():
            assert start(till, order, **{"amount": 100, **part}).code == code
        assert balance(MEMBER) == 3000
        assert till.calls("jsapi") == 0

    def test_an_empty_account_is_no_part(self, till: Till) -> None:
        view = start(till, place()).ok()
        assert (view["parts"], view["channel_amount"]) == ([], 9900)


class TestGivenBack:
    def test_when_the_buyer_pays_otherwise(self, till: Till, drain: Do) -> None:
        fill(MEMBER, 3000)
        order = place()
        first = start(till, order, 1000).ok()
        second = start(till, order, 2000).ok()
        assert (balance(MEMBER), first["payment_id"] == second["payment_id"]) == (1000, False)
        third = till.start(order).ok()
        assert (balance(MEMBER), third["channel_amount"]) == (3000, 9900)
        states = [(each.status, each.channel_amount) for each in payments(order)]
        assert states == [
            (PaymentStatus.CLOSED, 8900),
            (PaymentStatus.CLOSED, 7900),
            (PaymentStatus.CREATED, 9900),
        ]

    def test_when_nobody_pays_the_rest(self, till: Till, drain: Do) -> None:
        fill(MEMBER, 3000)
        order = place()
        start(till, order).ok()
        assert not service.settle_or_close(order)
        assert not service.settle_or_close(order)
        cancel(order)
        drain(twice=True)
        assert (balance(MEMBER), refunds(order)) == (3000, [])

    def test_when_the_price_changes(self, till: Till, drain: Do) -> None:
        fill(MEMBER, 3000)
        order = place()
        start(till, order, 3000).ok()
        reprice(order, 8000)
        drain(twice=True)
        assert balance(MEMBER) == 3000
        assert start(till, order, 3000).ok()["channel_amount"] == 5000

    def test_when_the_rest_comes_too_late(self, till: Till, drain: Do) -> None:
        """Closed first: the part is released already. Canceled first: it is released with the late money."""
        fill(MEMBER, 3000)
        for closed in (True, False):
            order = place()
            view = start(till, order, 3000).ok()
            if closed:
                service.settle_or_close(order)
            cancel(order)
            till.partners.wechat_pay.pay(parameters=view["parameters"], even_closed=True)
            till.deliver()
            drain(twice=True)
            till.deliver()
            (refund,) = refunds(order)
            assert (balance(MEMBER), refund.amount, refund.status) == (3000, 6900, RefundStatus.SUCCEEDED)
            (payment,) = payments(order)
            assert (payment.late, payment.refunded_amount) == (True, 9900)
            with pytest.raises(RefundTooLarge):
                refunding.split_refund(payment, 1)


class TestRefunds:
    def test_in_pieces_to_where_it_came_from(self, till: Till, drain: Do) -> None:
        fill(MEMBER, 3333)
        order = place()
        pay_the_rest(till, start(till, order, 3333).ok())
        for number, amount in enumerate((3300, 1, 3299, 3300)):
            (payment,) = payments(order)
            with Transaction() as tx:
                refunding.file(tx, payment, purpose=str(number), reason="售后", amount=amount)
            drain()
            till.deliver()
        filed = refunds(order)
        assert sum(each.amount for each in filed) == 9900
        assert sum(each.channel_amount for each in filed) == 9900 - 3333
        assert {each.status for each in filed} == {RefundStatus.SUCCEEDED}
        assert balance(MEMBER) == 3333
        (payment,) = payments(order)
        with pytest.raises(RefundTooLarge):
            refunding.split_refund(payment, 1)

    def test_no_channel_no_waiting(self, till: Till, drain: Do) -> None:
        fill(MEMBER, 9900)
        order = place()
        start(till, order).ok()
        (payment,) = payments(order)
        with Transaction() as tx:
            refund = refunding.file(tx, payment, purpose="all", reason="售后")
        assert (refund.status, refund.channel_amount, balance(MEMBER)) == (RefundStatus.SUCCEEDED, 0, 9900)
        drain()
        assert till.calls("refund") == 0


parts_of = st.lists(st.integers(1, 10**6), min_size=0, max_size=3)


@given(parts_of, st.integers(0, 10**6), st.lists(st.integers(1, 10**6), max_size=6))
def test_any_sequence_of_refunds_gives_each_what_it_paid(parts: list[int], channel: int, wanted: list[int]) -> None:
    amount = sum(parts) + channel
    payment = Payment(id="1", amount=amount, parts=[Part(tender=str(n), amount=part) for n, part in enumerate(parts)])
    payment.refunded_amount = 0
    back = dict.fromkeys(["channel", *(part.tender for part in payment.parts)], 0)
    for each in [*wanted, amount]:
        step = min(each, amount - payment.refunded_amount)
        if step == 0:
            continue
        by_channel, shares = refunding.split_refund(payment, step)
        assert by_channel >= 0
        assert by_channel + sum(share.amount for share in shares) == step
        back["channel"] += by_channel
        for share in shares:
            assert share.amount > 0
            back[share.tender] += share.amount
        payment.refunded_amount += step
    assert back == {"channel": channel, **{part.tender: part.amount for part in payment.parts}}


@pytest.mark.dynoxide
def test_one_balance_two_orders_at_once(till: Till) -> None:
    """Of eight orders that each want the whole purse, as many are paid as it has money for."""
    fill(MEMBER, 25_000)
    orders = [place() for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda order: start(till, order, 9900), orders))
    for _ in range(3):  # "too busy" asks to come again
        replies = [
            start(till, order, 9900) if reply.status == 503 else reply
            for order, reply in zip(orders, replies, strict=True)
        ]
    assert {reply.code for reply in replies if reply.status != 200} <= {"balance_too_low"}
    paid = [order for order in orders if now_of(order).status is OrderStatus.PAID]
    assert (len(paid), balance(MEMBER)) == (2, 25_000 - 2 * 9900)


@pytest.mark.parametrize("part", [3000, 9900])
def test_death_at_every_step(till: Till, cloud: Cloud, drain: Do, sweep: Do, part: int) -> None:
    """However the process dies while the buyer pays in parts: paid once in the end, or nothing is gone."""
    world: dict[str, Any] = {}

    def begin() -> None:
        things.clear(cloud)
        till.partners.reset()
        fill(MEMBER, 9900)
        world["order"] = place()

    def check() -> None:
        order = world["order"]
        sweep(redeliver=True)
        if now_of(order).status is OrderStatus.PENDING_PAYMENT:
            assert balance(MEMBER) in (9900, 9900 - part)
            service.settle_or_close(order)
            cancel(order)
            sweep(redeliver=True)
            assert balance(MEMBER) == 9900
        else:
            assert (part, balance(MEMBER)) == (9900, 0)
            (payment,) = payments(order)
            assert payment.status is PaymentStatus.SUCCEEDED

    every_death(begin, lambda: start(till, world["order"], part), check)
