"""The money's way: staff's refunds, accounts and channel, abnormal and late and doubled notices, several at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.core import jobs
from chalicelib.trade.after_sales.models import Status
from chalicelib.trade.orders.models import OrderDay, OrderStatus
from chalicelib.trade.payments.refunds.models import RefundStatus
from tests.loyalty.wallet.factories import buckets, fill, require_sound
from tests.trade import factories
from tests.trade.after_sales.factories import RETURN_TO, Counter, book, payment, pieces_of, refunded, waybill
from tests.trade.payments.factories import now_of, refunds


def test_each_purse_gets_back_what_it_gave(counter: Counter) -> None:
    fill(counter.shopper.id, 2_000, 777)
    order = counter.order((3_333, 3), parts=[{"tender": "wallet", "amount": 2_500}])
    for _ in range(3):
        counter.refund(order, (0, 1)).ok()
        counter.settle()
        require_sound(counter.shopper.id)
    assert (buckets(counter.shopper.id), counter.back_by_wechat()) == ((2_000, 777), order.payable_amount - 2_500)
    assert (refunded(order), now_of(order).status) == (order.payable_amount, OrderStatus.CANCELED)


def test_the_buyer_sees_what_went_back_and_where_to(counter: Counter) -> None:
    fill(counter.shopper.id, 2_000)
    order = counter.order((3_000, 3), parts=[{"tender": "wallet", "amount": 2_000}])
    path = f"/orders/{order.id}/refunds"
    assert counter.buyer.get(path).ok() == {"items": [], "refunded_amount": 0}
    sale = counter.apply(order, (0, 1))
    other = counter.apply(counter.order((100, 1)), (0, 1))
    counter.agree(sale)
    counter.settle()
    told = counter.buyer.get(path).ok()
    (back,) = told["items"]
    assert (back["status"], back["amount"], told["refunded_amount"]) == ("succeeded", 3_000, 3_000)
    assert back["channel_amount"] + sum(part["amount"] for part in back["parts"]) == 3_000
    assert [part["tender"] for part in back["parts"]] == ["wallet"]
    (line,) = counter.buyer.get(f"/orders/{order.id}").ok()["lines"]
    assert (line["quantity"], line["refunded_quantity"]) == (3, 1)
    mine = {name: counter.buyer.get("/after-sales", query={"order_id": name}).ok()["items"] for name in (order.id, "x")}
    assert ([each["id"] for each in mine[order.id]], mine["x"]) == ([sale["id"]], [])
    assert other["order_id"] != order.id
    both = {"order_id": order.id, "status": "requested"}
    assert counter.buyer.get("/after-sales", query=both).ok()["items"] == []
    stranger = counter.http.as_(factories.shopper("someone").token)
    assert stranger.get(path).code == "order_not_found"
    assert stranger.get("/after-sales", query={"order_id": order.id}).ok()["items"] == []


def test_staff_refund_unasked(counter: Counter) -> None:
    order = counter.order((2_000, 3))
    done = counter.refund(order, (0, 1), key="refund-0001").ok()
    assert (done["status"], done["by_staff"], done["refund_amount"]) == ("refunding", True, 2_000)
    with counter.cloud.unchanged():
        assert counter.refund(order, (0, 1), key="refund-0001").ok()["id"] == done["id"]
        assert counter.refund(order, (0, 2), key="refund-0001").code == "idempotency_key_reused"
        assert counter.refund(order).code == "nothing_back"
        assert counter.refund(order, (0, 3)).code == "pieces_not_there"
        assert counter.refund(order, freight_amount=1_001).code == "freight_above_left"
        assert counter.refund(order, pieces=[{"line": 0, "quantity": 1, "sellable": 1}]).code == "pieces_not_there"
        assert counter.refund(order, (0, 1), note="").code == "invalid"
    counter.settle()
    counter.refund(order, freight_amount=300).ok()
    counter.settle()
    assert (refunded(order), pieces_of(order), counter.available()) == (2_300, [(0, 0, 1)], 8)
    assert now_of(order).refunded_units == {"0": 1}
    shown = counter.buyer.get("/after-sales").ok()["items"]
    assert [each["status"] for each in shown] == ["refunded", "refunded"]
    counter.refund(order, (0, 2)).ok()
    counter.settle()
    assert (refunded(order), now_of(order).status) == (7_000, OrderStatus.CANCELED)


def test_what_left_and_came_back_another_way_can_be_sold(counter: Counter) -> None:
    order = counter.shipped((2_000, 2))
    counter.refund(order, pieces=[{"line": 0, "quantity": 2, "sellable": 1}]).ok()
    counter.settle()
    assert (refunded(order), counter.available()) == (4_000, 9)


def test_an_emptied_order_is_counted_as_canceled_once(counter: Counter) -> None:
    order = counter.order((2_000, 2))
    counter.refund(order, (0, 2)).ok()
    counter.drain(twice=True)
    assert sum(shard.canceled_count or 0 for shard in OrderDay.query(order.day)) == 1


def test_a_group_that_is_not_complete_is_left_another_way(counter: Counter) -> None:
    order = counter.order((2_000, 2))
    from chalicelib.trade.orders.models import Order

    order.update([Order.status.set(OrderStatus.PAID), Order.holds.set(["group:grp_1"])])
    with counter.cloud.unchanged():
        assert counter.try_apply(order, (0, 1)).code == "order_on_hold"
        assert counter.refund(order, (0, 1)).code == "order_on_hold"


def test_unpaid_orders_have_nothing_to_give_back(counter: Counter) -> None:
    item = factories.product("unpaid")
    asked = {"lines": [factories.line(item)], "address_id": counter.shopper.address_id}
    payable = counter.buyer.post("/checkout/preview", json=asked).ok()["payable_amount"]
    counter.buyer.post("/orders", json={**asked, "expected_payable_amount": payable}, key=counter.tap()).ok()
    (order,) = factories.orders_of(counter.shopper.id)
    with counter.cloud.unchanged():
        assert counter.try_apply(order, (0, 1)).code == "after_sale_closed"
        assert counter.refund(order, (0, 1)).code == "after_sale_closed"


def test_notices_come_twice_late_and_in_any_order(counter: Counter) -> None:
    order = counter.order((2_000, 3))
    sales = [counter.apply(order, (0, 1)) for _ in range(2)]
    for sale in sales:
        counter.agree(sale)
    counter.drain()
    channel = counter.partners.wechat_pay
    letters = [key for key, each in channel.books.notices.items() if each.event_type.startswith("REFUND")]
    assert len(letters) == 2
    counter.hear_wechat()
    for letter in reversed([*letters, *letters]):
        assert channel.notices.replay(letter) == 200
        counter.drain(twice=True)
    counter.settle()
    assert [counter.status(sale) for sale in sales] == [Status.REFUNDED] * 2
    assert (refunded(order), counter.back_by_wechat(), payment(order).refunded_amount) == (4_000, 4_000, 4_000)


def test_a_notice_of_the_payment_comes_again_after_it_was_shipped_and_refunded(counter: Counter) -> None:
    """WeChat Pay is told that it is known; the order goes back to nothing that it was."""
    order = counter.shipped((2_000, 3))
    counter.agree(counter.apply(order, (0, 1)))
    counter.settle()
    for state in (OrderStatus.SHIPPED, OrderStatus.COMPLETED):
        before = now_of(order)
        counter.partners.wechat_pay.tell_paid_again(order.payment_id or "")
        counter.settle()
        after = now_of(order)
        assert (after.status, after.version) == (state, before.version)
        assert (refunded(order), payment(order).refunded_amount) == (2_000, 2_000)
        if state is OrderStatus.SHIPPED:
            counter.complete(order)


def test_a_lost_notice_is_asked_for(counter: Counter) -> None:
    order = counter.order((2_000, 2))
    counter.partners.wechat_pay.refunds_succeed = False
    sale = counter.apply(order, (0, 1))
    counter.agree(sale)
    counter.drain()
    (refund,) = refunds(order)
    assert refund.status is RefundStatus.PROCESSING
    counter.partners.wechat_pay.settle_refund(refund.id)
    counter.clock.move(minutes=15)
    jobs.run("poll_refunds")
    counter.drain()
    assert (counter.status(sale), refunded(order)) == (Status.REFUNDED, 2_000)


def test_an_abnormal_refund_rings_and_is_mended(counter: Counter) -> None:
    order = counter.order((2_000, 2))
    counter.partners.wechat_pay.refunds_succeed = False
    sale = counter.apply(order, (0, 1))
    counter.agree(sale)
    counter.drain()
    (refund,) = refunds(order)
    counter.partners.wechat_pay.settle_refund(refund.id, "ABNORMAL")
    counter.hear_wechat()
    counter.drain()
    assert (counter.status(sale), counter.sale(sale).overdue_at is not None) == (Status.REFUNDING, True)
    (listed,) = counter.staff.get("/admin/refunds", query={"status": "abnormal"}).ok()["items"]
    with counter.cloud.unchanged():
        assert counter.staff.post(f"/admin/refunds/{listed['id']}/again").code == "refund_not_closed"
    counter.partners.wechat_pay.settle_refund(refund.id)
    counter.staff.post(f"/admin/refunds/{listed['id']}/retry").ok()
    counter.drain()
    assert (counter.status(sale), refunded(order)) == (Status.REFUNDED, 2_000)


def test_a_closed_refund_is_filed_again_once(counter: Counter) -> None:
    fill(counter.shopper.id, 1_000)
    order = counter.order((2_000, 1), parts=[{"tender": "wallet", "amount": 1_000}])
    counter.partners.wechat_pay.refunds_succeed = False
    sale = counter.apply(order, (0, 1))
    counter.agree(sale)
    counter.drain()
    (refund,) = refunds(order)
    counter.partners.wechat_pay.settle_refund(refund.id, "CLOSED")
    counter.hear_wechat()
    counter.drain()
    again = counter.staff.post(f"/admin/refunds/{refund.id}/again").ok()
    assert (again["id"], again["amount"]) == (f"{refund.id}-2", 2_000)
    with counter.cloud.unchanged():
        assert counter.staff.post(f"/admin/refunds/{refund.id}/again").code == "refund_moved"
    counter.drain()
    counter.partners.wechat_pay.settle_refund(again["id"])
    counter.hear_wechat()
    counter.drain()
    assert counter.status(sale) is Status.REFUNDED
    assert buckets(counter.shopper.id) == (1_000, 0)


def test_someone_elses_after_sale_is_not_found(counter: Counter) -> None:
    order = counter.shipped((2_000, 2))
    sale = counter.apply(order, (0, 1), kind="return_and_refund")
    counter.agree(sale, return_to=RETURN_TO)
    stranger = counter.http.as_(factories.shopper("two").token)
    with counter.cloud.unchanged():
        for path, body in (
            (f"/after-sales/{sale['id']}", None),
            (f"/after-sales/{sale['id']}/tracks", None),
            (f"/after-sales/{sale['id']}/cancel", {}),
            (f"/after-sales/{sale['id']}/send-back", waybill()),
            (f"/after-sales/{sale['id']}/appeal", {"reason": "?"}),
            (f"/orders/{order.id}/after-sale-quote", {"kind": "refund_only", "pieces": [{"line": 0, "quantity": 1}]}),
        ):
            reply = stranger.get(path) if body is None else stranger.post(path, json=body)
            assert reply.status == 404, path
        assert counter.try_apply(order, (0, 1), client=stranger).status == 404
    assert stranger.get("/after-sales").ok()["items"] == []


@pytest.mark.dynoxide
def test_two_apply_for_the_same_piece_at_once(counter: Counter) -> None:
    order = counter.order((2_000, 1))
    with ThreadPoolExecutor(4) as pool:
        keys = [counter.tap() for _ in range(4)]
        replies = list(pool.map(lambda key: counter.try_apply(order, (0, 1), key=key), keys))
    assert sorted(each.status for each in replies) == [201, 409, 409, 409]
    assert {each.code for each in replies if each.status == 409} <= {"pieces_not_there", "after_sale_busy"}
    assert (book(order), pieces_of(order)) == ({"0": 1}, [(0, 1, 0)])


@pytest.mark.dynoxide
def test_the_same_tap_at_once_is_one_after_sale(counter: Counter) -> None:
    order = counter.order((2_000, 3))
    with ThreadPoolExecutor(3) as pool:
        replies = list(pool.map(lambda _: counter.try_apply(order, (0, 1), key="same-tap-1"), range(3)))
    ids = {each.json["id"] for each in replies if each.status == 201}
    assert len(ids) == 1
    assert book(order) == {"0": 1}


@pytest.mark.dynoxide
def test_refunds_at_once_give_each_fen_back_once(counter: Counter) -> None:
    """Parallel cancels credit once: staff refund all while others do, and while the buyer's request is agreed to."""
    fill(counter.shopper.id, 5_000, 1_000)
    order = counter.order((2_000, 3), parts=[{"tender": "wallet", "amount": 3_000}])
    sale = counter.apply(order, (0, 1))
    acts = [
        lambda: counter.decide(sale, "agree"),
        lambda: counter.decide(sale, "agree"),
        *[lambda: counter.refund(order, (0, 2), key="refund-both")] * 2,
        lambda: counter.refund(order, (0, 2), key="refund-other"),
    ]
    with ThreadPoolExecutor(5) as pool:
        statuses = [each.status for each in pool.map(lambda act: act(), acts)]
    assert statuses.count(500) == 0
    counter.decide(sale, "agree")
    counter.refund(order, (0, 2), key="refund-both")
    counter.settle()
    assert (refunded(order), payment(order).refunded_amount) == (order.payable_amount, order.payable_amount)
    assert (buckets(counter.shopper.id), counter.available()) == ((5_000, 1_000), 10)
    require_sound(counter.shopper.id)


@pytest.mark.dynoxide
def test_it_is_packed_and_asked_for_at_once(counter: Counter) -> None:
    """What leaves is not refunded as unsent, and what is refunded does not leave."""
    order = counter.order((2_000, 1))
    with ThreadPoolExecutor(2) as pool:
        packed = pool.submit(
            lambda: counter.staff.post(f"/admin/orders/{order.number}/parcels", json=waybill(), key="pack-0001")
        )
        asked = pool.submit(lambda: counter.try_apply(order, (0, 1), key="ask-00001"))
        replies = [packed.result(), asked.result()]
    counter.drain()
    ((shipped, held, withdrawn),) = pieces_of(order)
    assert shipped + held + withdrawn == 1
    assert replies[1].status == 201
    assert replies[1].json["pieces"][0]["unshipped"] == held
    assert (replies[0].status == 201) == (shipped == 1)
