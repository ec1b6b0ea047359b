"""The counter: each piece once, at its own store, and nothing is written when it is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.staff.operations.models import Operation
from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.models import Entitlement, EntitlementStatus
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order, OrderStatus
from chalicelib.trade.orders.refunding import service as order_refunds
from chalicelib.trade.orders.refunding.service import Back
from tests.harness import Client, Cloud
from tests.trade.fulfillment.entitlements.conftest import Counter
from tests.trade.fulfillment.entitlements.factories import FAR, NEAR
from tests.trade.fulfillment.factories import cancel_paid
from tests.trade.payments.factories import now_of


def refund(order: Order, units: dict[int, int]) -> None:
    """What an after-sale leaves of the order, without its money."""
    with Transaction() as tx:
        order_refunds.give_back(tx, now_of(order), Back("rfd_1", units, 0, 0))


def test_a_scanned_code_says_what_it_is_good_for_and_changes_nothing(
    counter: Counter, staff: Client, cloud: Cloud
) -> None:
    _, found = counter.ready()
    typed = f"{found.code[:4]} {found.code[4:8]}-{found.code[8:]}"
    with cloud.unchanged():
        for code in (f"siyu-verify:{found.code}", typed, found.code):
            seen = staff.post("/admin/verifications/lookup", json={"verification_code": code}).ok()
            assert (seen["id"], seen["receiver_name"], seen["phone_ending"]) == (found.id, "王小明", "0000")
            assert "code" not in seen
            assert [line["left"] for line in seen["lines"]] == [2, 1]


def test_fetched_in_parts(counter: Counter, staff: Client) -> None:
    order, found = counter.ready()
    part = counter.verify(staff, found.code, (0, 1)).ok()
    assert [(line["taken"], line["left"]) for line in part["entitlement"]["lines"]] == [(1, 1), (0, 1)]
    assert now_of(order).status is OrderStatus.PROCESSING
    counter.verify(staff, found.code, (1, 1), key="till-0002").ok()
    counter.drain()
    assert (now_of(order).status, counter.of(order).status) == (OrderStatus.PROCESSING, EntitlementStatus.OPEN)
    last = counter.verify(staff, found.code, key="till-0003").ok()
    assert [(line["line"], line["quantity"]) for line in last["verification"]["lines"]] == [(0, 1)]
    assert now_of(order).status is OrderStatus.SHIPPED, "with the last piece, and not by a message that may come late"
    counter.drain()
    assert now_of(order).status is OrderStatus.COMPLETED
    assert [sum(line.quantity for line in each.lines) for each in service.history(found.id)] == [1, 1, 1]
    listed = staff.get("/admin/verifications", query={"store_id": NEAR}).ok()["items"]
    assert [(each["staff_name"], each["order_number"]) for each in listed] == [("小林", order.number)] * 3
    assert [entry.text for entry in orders.entries(order.id)] == ["自提核销 1 件（徐家汇店）"] * 3


@pytest.mark.parametrize("stores", [(FAR,), ()])
def test_staff_of_another_store_are_refused(counter: Counter, cloud: Cloud, stores: tuple[str, ...]) -> None:
    order, found = counter.ready()
    stranger = counter.staff(*stores)
    with cloud.unchanged():
        for path, key in (("/admin/verifications/lookup", None), ("/admin/verifications", "till-0001")):
            reply = stranger.post(path, json={"verification_code": found.code}, key=key)
            assert (reply.status, reply.code, reply.json["details"]) == (403, "wrong_store", {"store_name": "徐家汇店"})
        assert stranger.get("/admin/entitlements", query={"store_id": NEAR}).code == "not_your_store"
        assert stranger.get("/admin/verifications", query={"store_id": NEAR}).code == "not_your_store"
        assert stranger.get(f"/admin/orders/{order.number}/entitlements").ok()["items"] == []


def test_headquarters_serve_every_store_but_only_with_the_permission(counter: Counter, cloud: Cloud) -> None:
    _, found = counter.ready()
    reader = counter.staff(NEAR, permissions=("pickup.read", "stores.everywhere"))
    with cloud.unchanged():
        assert counter.verify(reader, found.code).code == "forbidden"
    everywhere = counter.staff(permissions=("pickup.verify", "stores.everywhere"))
    assert counter.verify(everywhere, found.code).status == 201


def test_the_right_is_gone_with_the_store(counter: Counter, cloud: Cloud) -> None:
    _, found = counter.ready()
    staff = counter.staff(NEAR)
    counter.staff(NEAR)  # the same account, read again
    from chalicelib.mall.identity.staff.models import TEAM, Account

    account = next(each for each in Account.query(TEAM) if each.store_ids == [NEAR])
    account.update([Account.store_ids.set([])])
    with cloud.unchanged():
        assert counter.verify(staff, found.code).code == "wrong_store"


@pytest.mark.parametrize("code", ["1", "12345678901x", "siyu-other:123456789012", "1" * 13, "", "1" * 100])
def test_what_is_no_code_is_named(staff: Client, cloud: Cloud, code: str) -> None:
    with cloud.unchanged():
        reply = staff.post("/admin/verifications", json={"verification_code": code}, key="till-0001")
    assert (reply.status, reply.json["details"]["errors"][0]["field"]) == (422, "verification_code")


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [{"line": 0, "quantity": 0}],
        [{"line": -1, "quantity": 1}],
        [{"line": 0, "quantity": 1}, {"line": 0, "quantity": 1}],
        [{"line": 0, "quantity": 10**9}],
    ],
)
def test_bad_lines_are_named(counter: Counter, staff: Client, cloud: Cloud, lines: list[Any]) -> None:
    _, found = counter.ready()
    with cloud.unchanged():
        body = {"verification_code": found.code, "lines": lines}
        assert staff.post("/admin/verifications", json=body, key="till-0001").status == 422


def test_a_code_of_nobody(staff: Client, cloud: Cloud, counter: Counter) -> None:
    with cloud.unchanged():
        assert counter.verify(staff, "123456789012").code == "entitlement_not_found"


def test_more_than_is_left(counter: Counter, staff: Client, cloud: Cloud) -> None:
    _, found = counter.ready()
    counter.verify(staff, found.code, (0, 1)).ok()
    with cloud.unchanged():
        for lines in ([(0, 2)], [(5, 1)]):
            reply = counter.verify(staff, found.code, *lines, key="till-0002")
            assert (reply.status, reply.code) == (409, "more_than_left")


def test_the_same_tap_twice_hands_over_once(counter: Counter, staff: Client, cloud: Cloud) -> None:
    _, found = counter.ready()
    first = counter.verify(staff, found.code, (0, 1)).ok()
    with cloud.unchanged():
        again = counter.verify(staff, found.code, (0, 1)).ok()
        other = counter.verify(staff, found.code, (0, 2))
    assert again["verification"] == first["verification"]
    assert other.code == "idempotency_key_reused"


def test_a_used_code_is_refused(counter: Counter, staff: Client, cloud: Cloud) -> None:
    _, found = counter.ready()
    counter.verify(staff, found.code).ok()
    with cloud.unchanged():
        reply = counter.verify(staff, found.code, key="till-0002")
    assert (reply.status, reply.code) == (409, "entitlement_used")


def test_the_code_of_a_canceled_order_is_refused(counter: Counter, staff: Client, cloud: Cloud) -> None:
    order, found = counter.ready()
    cancel_paid(order)
    with cloud.unchanged():  # also before the reaction has come
        assert counter.verify(staff, found.code).code == "entitlement_canceled"
    counter.drain()
    assert counter.of(order).status is EntitlementStatus.CANCELED
    with cloud.unchanged():
        assert counter.verify(staff, found.code).code == "entitlement_canceled"


@pytest.mark.dynoxide
def test_one_code_at_two_tills_is_counted_once(counter: Counter) -> None:
    order, found = counter.ready()

    def till(number: int) -> Any:
        return counter.verify(counter.staff(NEAR), found.code, key=f"till-{number:04d}")

    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(till, range(6)))
    assert [each.status for each in replies].count(201) == 1
    refused = {each.code for each in replies if each.status != 201}
    assert refused <= {"entitlement_changed", "entitlement_used", "entitlement_canceled", "order_changed", "too_busy"}
    assert len(service.history(found.id)) == 1
    assert sum(line.taken for line in counter.of(order).lines) == 3


@pytest.mark.dynoxide
def test_parts_at_many_tills_never_sum_to_more(counter: Counter) -> None:
    order, found = counter.ready()

    def till(number: int) -> Any:
        return counter.verify(counter.staff(NEAR), found.code, (0, 1), key=f"till-{number:04d}")

    with ThreadPoolExecutor(6) as pool:
        made = [each for each in pool.map(till, range(6)) if each.status == 201]
    assert 1 <= len(made) <= 2
    assert counter.of(order).lines[0].taken == len(made) == len(service.history(found.id))


def test_what_was_refunded_is_not_handed_over(counter: Counter, staff: Client, cloud: Cloud) -> None:
    order, found = counter.ready()
    refund(order, {0: 1})
    with cloud.unchanged():
        assert counter.verify(staff, found.code, (0, 2)).json["details"] == {"line": 0, "left": 1}
    rest = counter.verify(staff, found.code).ok()
    assert [(line["line"], line["quantity"]) for line in rest["verification"]["lines"]] == [(0, 1), (1, 1)]
    counter.drain()
    assert now_of(order).status is OrderStatus.COMPLETED


def test_refunded_in_the_same_moment_one_of_them_wins(
    counter: Counter, staff: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, found = counter.ready()
    left_of, did = service.left_of, list[bool]()

    def meanwhile(at: Order, of: Entitlement) -> dict[int, int]:
        left = left_of(at, of)
        if not did:
            did.append(True)
            refund(order, {0: 1})
        return left

    monkeypatch.setattr(service, "left_of", meanwhile)
    for lines in ([], [(1, 1)]):
        did.clear()
        assert counter.verify(staff, found.code, *lines, key=f"till-{len(lines)}001").code == "order_changed"
        assert service.history(found.id) == []


def test_when_the_rest_is_refunded_what_was_fetched_completes(counter: Counter, staff: Client) -> None:
    order, found = counter.ready()
    counter.verify(staff, found.code, (0, 2)).ok()
    refund(order, {1: 1})
    counter.drain()
    assert (now_of(order).status, counter.of(order).status) == (OrderStatus.COMPLETED, EntitlementStatus.USED)


def test_when_all_is_refunded_the_code_is_good_for_nothing(counter: Counter, staff: Client) -> None:
    order, found = counter.ready()
    refund(order, {0: 2, 1: 1})
    counter.drain()
    assert counter.of(order).status is EntitlementStatus.CANCELED
    assert counter.verify(staff, found.code).code == "entitlement_canceled"
    assert now_of(order).status is OrderStatus.PROCESSING  # ended by whoever refunded it


def test_the_code_is_in_no_log(counter: Counter, staff: Client, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = counter.ready()
    counter.verify(staff, found.code).ok()
    counter.drain()
    assert found.code not in capsys.readouterr().out
    rows = [row for row in Operation.query("2026-11-24") if row.path == "/admin/verifications"]
    assert [found.code in (row.summary or "") for row in rows] == [False]


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(["take", "refund"]), st.integers(0, 1), st.integers(1, 2)), max_size=6))
def test_any_sequence_hands_over_or_refunds_each_piece_once(
    counter: Counter, cloud: Cloud, steps: list[tuple[str, int, int]]
) -> None:
    cloud.memory.clear()
    counter.till.partners.reset()
    order, found = counter.ready()
    staff, taken, back = counter.staff(NEAR), {0: 0, 1: 0}, {0: 0, 1: 0}
    for number, (what, line, quantity) in enumerate(steps):
        free = [2, 1][line] - taken[line] - back[line]
        if what == "refund":
            if 0 < quantity <= free:
                refund(order, {line: quantity})
                back[line] += quantity
        elif counter.verify(staff, found.code, (line, quantity), key=f"till-{number:04d}").status == 201:
            assert quantity <= free
            taken[line] += quantity
        counter.drain()
    assert {line.line: line.taken for line in counter.of(order).lines} == taken
    open_still = any([2, 1][line] - taken[line] - back[line] for line in taken)
    assert (counter.of(order).status is EntitlementStatus.OPEN) == open_still
    done = not open_still and any(taken.values())
    assert (now_of(order).status is OrderStatus.COMPLETED) == done
