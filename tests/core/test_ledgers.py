"""A ledger: the balance is the sum of the entries, a cause posts once, nothing is lost or doubled."""

# ruff: noqa: PT012 - what is refused is the whole block

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.core import ledgers
from chalicelib.core.errors import DomainError, TooBusy
from chalicelib.core.ledgers import (
    AccountMoved,
    AlreadyPosted,
    BalanceTooHigh,
    BalanceTooLow,
    Ledger,
    insistently,
    take_in_order,
)
from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.transaction import Transaction
from infra.local.faults import every_death
from tests.core import things
from tests.core.things import Purse, PurseEntry, Thing
from tests.harness import Cloud

LEDGER = Ledger(Purse, PurseEntry)


def post(
    cause: str, changes: Mapping[str, int], *, kind: str = "earned", who: str = "m", overdraw: bool = False
) -> None:
    account = LEDGER.open(who)
    with Transaction() as tx:
        LEDGER.post(tx, account, kind, cause, changes, overdraw=overdraw)


def require_sound(who: str = "m") -> None:
    """The promise, looked at from outside."""
    account = LEDGER.open(who)
    entries = sorted(PurseEntry.query(who, consistent_read=True), key=lambda each: each.sequence)
    sums: dict[str, int] = {}
    for number, entry in enumerate(entries, start=1):
        assert entry.sequence == f"{number:012d}"
        assert entry.amount == sum(entry.buckets.values())
        sums = {name: sums.get(name, 0) + entry.buckets.get(name, 0) for name in {*sums, *entry.buckets}}
        assert entry.balance_after == sum(sums.values())
    assert account.buckets == {name: left for name, left in sums.items() if left}
    assert account.balance == sum(sums.values())
    assert account.version == len(entries)


@pytest.mark.usefixtures("tables")
class TestPosting:
    def test_an_account_is_made_by_its_first_posting(self) -> None:
        assert LEDGER.open("m").balance == 0
        post("ord_1", {"2027-11": 30})
        post("ord_1", {"2027-11": -10, "2028-01": 5}, kind="spent")
        assert LEDGER.open("m").buckets == {"2027-11": 20, "2028-01": 5}
        entry = LEDGER.posted("m", "spent", "ord_1")
        assert (entry.amount, entry.balance_after, entry.buckets) == (-5, 25, {"2027-11": -10, "2028-01": 5})
        require_sound()

    def test_a_cause_posts_once(self, tables: Cloud) -> None:
        post("ord_1", {"a": 30})
        with tables.unchanged(), pytest.raises(AlreadyPosted):
            post("ord_1", {"a": 30})
        post("ord_1", {"a": 30}, who="other")

    def test_no_bucket_falls_below_zero(self, tables: Cloud) -> None:
        post("ord_1", {"a": 30, "b": 5})
        with tables.unchanged(), pytest.raises(BalanceTooLow):
            post("ord_2", {"b": -6}, kind="spent")
        post("ref_1", {"b": -6}, kind="taken_back", overdraw=True)
        assert LEDGER.open("m").buckets == {"a": 30, "b": -1}
        post("ord_3", {"b": 1})  # a bucket in debt may be filled
        require_sound()

    def test_no_account_holds_more_than_can_be_told(self, tables: Cloud) -> None:
        post("ord_1", {"a": MAX_AMOUNT - 30, "b": 20})
        with tables.unchanged(), pytest.raises(BalanceTooHigh):
            post("ord_2", {"b": 11})
        post("ord_3", {"b": 10})
        post("ord_4", {"a": -5, "b": 5}, kind="moved")
        with tables.unchanged(), pytest.raises(BalanceTooHigh):
            post("ord_5", {"a": 1}, overdraw=True)
        require_sound()

    def test_what_was_read_must_still_be_true(self, tables: Cloud) -> None:
        post("ord_1", {"a": 30})
        old = LEDGER.open("m")
        post("ord_2", {"a": -30}, kind="spent")
        with tables.unchanged(), pytest.raises(AccountMoved), Transaction() as tx:
            tx.put(Thing(id="order"))
            LEDGER.post(tx, old, "spent", "ord_3", {"a": -30})
        with tables.unchanged(), pytest.raises(AccountMoved), Transaction() as tx:
            LEDGER.post(tx, LEDGER.empty("m"), "spent", "ord_3", {"a": 3})

    def test_insistently_gives_up(self) -> None:
        tries: list[int] = []

        def move() -> None:
            tries.append(1)
            raise AccountMoved

        with pytest.raises(AccountMoved):
            insistently(move)
        assert len(tries) == ledgers.TRIES

    def test_death_at_every_step(self, tables: Cloud) -> None:
        def check() -> None:
            with contextlib.suppress(AlreadyPosted):
                post("ord_1", {"a": 7})
            assert LEDGER.open("m").balance == 7
            require_sound()

        every_death(lambda: things.clear(tables), lambda: post("ord_1", {"a": 7}), check)


@pytest.mark.dynoxide
def test_many_at_once_lose_nothing(tables: Cloud) -> None:
    """Twenty earn, each cause tried twice; forty spend what is there for fewer."""
    post("start", {"a": 10})

    def attempt(work: tuple[str, str, int]) -> bool:
        kind, cause, amount = work
        try:
            insistently(lambda: post(cause, {"a": amount}, kind=kind))
        except (DomainError, TooBusy):
            return False
        return True

    work = [("earned", f"ord_{n % 10}", 1) for n in range(20)] + [("spent", f"ord_{n}", -1) for n in range(40)]
    with ThreadPoolExecutor(8) as pool:
        done = [each for each, well in zip(work, pool.map(attempt, work), strict=True) if well]
    require_sound()
    assert LEDGER.open("m").balance == 10 + sum(amount for _, _, amount in done) >= 0
    assert len({(kind, cause) for kind, cause, _ in done}) == len(done)


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(-5, 50)), st.integers(0, 200))
@settings(max_examples=200)
def test_taken_in_order(buckets: dict[str, int], amount: int) -> None:
    """The first bucket gives all it has before the second gives anything; what is owed gives nothing."""
    there = sum(max(left, 0) for left in buckets.values())
    if amount > there:
        with pytest.raises(BalanceTooLow):
            take_in_order(buckets, amount, sorted(buckets))
        return
    change = take_in_order(buckets, amount, sorted(buckets))
    assert -sum(change.values()) == amount
    for name, part in change.items():
        assert -max(buckets[name], 0) <= part < 0
        earlier = [other for other in buckets if other < name and buckets[other] > 0]
        assert all(change[other] == -buckets[other] for other in earlier)
