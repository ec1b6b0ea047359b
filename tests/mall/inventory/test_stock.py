"""The stock: never below zero, nothing twice, always the sum of its log."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core import ids
from chalicelib.core.errors import DomainError
from chalicelib.core.transaction import Transaction
from chalicelib.mall.inventory import errors, service
from chalicelib.mall.inventory.models import MAX_STOCK, Reason, Stock, StockEntry, StockKey
from tests.harness import Cloud

KEY = StockKey("prd_1", "sku_1")
OTHER = StockKey("prd_1", "sku_2")
CAMPAIGN = StockKey("cmp_1", "sku_1")


def do(change: Callable[..., None], *args: object) -> None:
    with Transaction() as tx:
        change(tx, *args)


def available(key: StockKey = KEY) -> int:
    stock = Stock.find(key.owner, key.sku_id, consistent=True)
    assert stock is not None
    assert stock.available == sum(entry.delta for entry in StockEntry.query(key.text, consistent_read=True))
    return stock.available


@pytest.fixture
def ten(cloud: Cloud) -> Cloud:
    do(service.declare, KEY, 10)
    return cloud


def test_taken_and_given_back(ten: Cloud) -> None:
    do(service.take, KEY, 4, "ord_1")
    assert available() == 6
    do(service.give_back, KEY, 4, "ord_1")
    assert available() == 10


def test_all_or_nothing(ten: Cloud) -> None:
    do(service.declare, OTHER, 1)

    def take_both(tx: Transaction) -> None:
        service.take(tx, KEY, 1, "ord_1")
        service.take(tx, OTHER, 2, "ord_1")

    with ten.unchanged(), pytest.raises(errors.OutOfStock) as refused:
        do(take_both)
    assert refused.value.details == {"sku_id": "sku_2"}


def test_unknown_stock(cloud: Cloud) -> None:
    for change, refusal in (
        (lambda: do(service.take, KEY, 1, "ord_1"), errors.OutOfStock),
        (lambda: do(service.give_back, KEY, 1, "ord_1"), errors.StockNotFound),
        (lambda: do(service.adjust, KEY, 1, Reason.ADJUSTED, "adj_1"), errors.StockNotFound),
        (lambda: do(service.adjust, KEY, -1, Reason.ADJUSTED, "adj_1"), errors.StockNotFound),
        (lambda: do(service.count, KEY, 1, 0, "cnt_1"), errors.StockNotFound),
    ):
        with cloud.unchanged(), pytest.raises(refusal):
            change()


def test_nothing_happens_twice(ten: Cloud) -> None:
    do(service.take, KEY, 4, "ord_1")
    with ten.unchanged(), pytest.raises(errors.AlreadyBooked):
        do(service.take, KEY, 4, "ord_1")
    do(service.give_back, KEY, 4, "ord_1")
    with ten.unchanged(), pytest.raises(errors.AlreadyBooked):
        do(service.give_back, KEY, 4, "ord_1")
    with ten.unchanged(), pytest.raises(errors.AlreadyDeclared):
        do(service.declare, KEY, 99)


def test_a_repeat_of_the_last_pieces_is_told_that_it_is_one(ten: Cloud) -> None:
    do(service.take, KEY, 10, "ord_1")
    with ten.unchanged(), pytest.raises(errors.AlreadyBooked):
        do(service.take, KEY, 10, "ord_1")


def test_set_aside_and_released(ten: Cloud) -> None:
    do(service.set_aside, KEY, CAMPAIGN, 6, "cmp_1")
    do(service.take, CAMPAIGN, 2, "ord_1")
    with ten.unchanged(), pytest.raises(errors.OutOfStock):
        do(service.set_aside, KEY, CAMPAIGN, 5, "cmp_2")
    do(service.release, CAMPAIGN, KEY, 4, "cmp_1")
    assert (available(), available(CAMPAIGN)) == (8, 0)


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_is_at_least_one(ten: Cloud, quantity: int) -> None:
    for change in (service.take, service.give_back):
        with ten.unchanged(), pytest.raises(ValueError, match="can not be moved"):
            do(change, KEY, quantity, "ord_1")


def test_staff_never_go_below_zero_or_beyond_reason(ten: Cloud) -> None:
    with ten.unchanged(), pytest.raises(errors.OutOfStock):
        do(service.adjust, KEY, -11, Reason.ADJUSTED, "adj_1")
    with ten.unchanged(), pytest.raises(errors.StockTooLarge):
        do(service.adjust, KEY, MAX_STOCK - 9, Reason.ADJUSTED, "adj_1")
    do(service.adjust, KEY, MAX_STOCK - 10, Reason.ADJUSTED, "adj_1")
    assert available() == MAX_STOCK


def test_a_count_holds_only_for_what_was_seen(ten: Cloud) -> None:
    do(service.take, KEY, 1, "ord_1")
    with ten.unchanged(), pytest.raises(errors.StockMoved) as refused:
        do(service.count, KEY, 12, 10, "cnt_1")
    assert refused.value.details == {"available": 9}
    do(service.count, KEY, 12, 9, "cnt_1")
    assert available() == 12


@pytest.mark.dynoxide
def test_eight_at_a_time_never_oversell(ten: Cloud) -> None:
    def buy(number: int) -> bool:
        try:
            do(service.take, KEY, 1, f"ord_{number}")
        except errors.OutOfStock:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        sold = list(pool.map(buy, range(40)))
    assert sum(sold) == 10
    assert available() == 0


def test_one_cause_takes_once_however_many_try(ten: Cloud) -> None:
    def buy(_: int) -> bool:
        try:
            do(service.take, KEY, 3, "ord_1")
        except errors.AlreadyBooked:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(buy, range(16))) == 1
    assert available() == 7


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["take", "give_back", "adjust", "count", "set_aside", "release"]),
        st.integers(-5, 12),
        st.integers(1, 6),
    ),
    max_size=15,
)


@settings(max_examples=60)
@given(changes=CHANGES)
def test_whatever_is_tried_the_log_explains_the_number(cloud: Cloud, changes: list[tuple[str, int, int]]) -> None:
    owner = ids.new("prd")  # one cloud for all examples: each example has its own product
    key, aside = StockKey(owner, "sku_1"), StockKey(owner.replace("prd", "cmp"), "sku_1")
    do(service.declare, key, 10)
    for what, amount, cause in changes:
        before = cloud.snapshot()
        try:
            with Transaction() as tx:
                ref = f"ref_{cause}"
                match what:
                    case "take" | "give_back":
                        getattr(service, what)(tx, key, max(amount, 1), ref)
                    case "adjust":
                        service.adjust(tx, key, amount, Reason.ADJUSTED, ref)
                    case "count":
                        service.count(tx, key, abs(amount), 10, ref)
                    case "set_aside":
                        service.set_aside(tx, key, aside, max(amount, 1), ref)
                    case "release":
                        service.release(tx, aside, key, max(amount, 1), ref)
        except DomainError:
            assert cloud.snapshot() == before
    for each in (key, aside):
        if Stock.find(each.owner, each.sku_id):
            assert available(each) >= 0
