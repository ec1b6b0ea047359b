"""Every balance is the sum of its entries, and what is not is found."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.core import jobs
from chalicelib.core.ledgers import Ledger
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.models import LEDGER as GROWTH
from chalicelib.loyalty.points.models import LEDGER as POINTS
from chalicelib.loyalty.wallet.models import LEDGER as WALLET
from chalicelib.trade.reconciliation.ledgers import service
from chalicelib.trade.reconciliation.ledgers.errors import PartMoved
from chalicelib.trade.reconciliation.ledgers.events import CheckLedgerPart
from chalicelib.trade.reconciliation.ledgers.models import LedgerCheckPart
from infra.local.faults import every_death
from tests.harness import Client, Cloud, MovableClock
from tests.trade.payments.factories import staff_token


def post(ledger: Ledger, member_id: str, cause: str, **changes: int) -> None:
    with Transaction() as tx:
        ledger.post(tx, ledger.open(member_id), "test", cause, changes)


def spoil(ledger: Ledger, member_id: str, **values: Any) -> None:
    account = ledger.open(member_id)
    for name, value in values.items():
        setattr(account, name, value)
    account.save()


@pytest.fixture
def books(cloud: Cloud, frozen: MovableClock) -> None:
    for number in range(30):
        post(POINTS, f"mem_{number}", "a", **{"2027-12": 100})
        post(POINTS, f"mem_{number}", "b", **{"2027-12": -30, "2028-12": 5})
    post(WALLET, "mem_1", "a", principal=1_000, gift=200)
    post(WALLET, "mem_1", "b", principal=-1_000)
    post(GROWTH, "mem_1", "a", growth=7)


def checked(http: Client, drain: Any, **how: Any) -> dict[str, Any]:
    check_id = jobs.run("check_ledgers")
    drain(**how)
    found: dict[str, Any] = http.as_(staff_token("payments.read")).get(f"/admin/ledger-checks/{check_id}").ok()
    return found


def test_sound(books: None, http: Client, drain: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAGE", 3)
    found = checked(http, drain, twice=True)
    assert (found["done"], found["accounts"], found["wrong"], found["differences"]) == (True, 32, 0, [])
    assert found["ledgers"] == ["codes", "growth", "points", "wallet"]


@pytest.mark.parametrize(
    ("ledger", "values"),
    [
        (POINTS, {"balance": 76}),
        (POINTS, {"buckets": {"2027-12": 75}}),
        (POINTS, {"buckets": {"2027-12": 70, "2028-12": 6}}),
        (POINTS, {"version": 3}),
        (WALLET, {"balance": 0}),
        (WALLET, {"buckets": {"principal": 200}}),
        (GROWTH, {"balance": 8, "buckets": {"growth": 8}}),
    ],
)
def test_a_balance_that_is_wrong(
    books: None, http: Client, drain: Any, caplog: pytest.LogCaptureFixture, ledger: Ledger, values: dict[str, Any]
) -> None:
    spoil(ledger, "mem_1", **values)
    with caplog.at_level(logging.ERROR):
        found = checked(http, drain)
    assert (found["wrong"], [each["member_id"] for each in found["differences"]]) == (1, ["mem_1"])
    assert [record.alarm for record in caplog.records if hasattr(record, "alarm")] == [True]


def test_an_entry_that_is_gone(books: None, http: Client, drain: Any) -> None:
    entry = POINTS.posted("mem_2", "test", "b")
    assert entry is not None
    entry.delete()
    (wrong,) = checked(http, drain)["differences"]
    assert (wrong["balance"], wrong["entries_sum"], wrong["postings"], wrong["entries"]) == (75, 100, 2, 1)


def test_an_account_that_moves_meanwhile_is_read_again(
    books: None, http: Client, drain: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest, done = service.sums_of, []

    def moving(ledger: Ledger, member_id: str) -> service.Sums:
        if ledger is WALLET and not done:
            done.append(1)
            post(WALLET, member_id, "meanwhile", principal=5)
        return honest(ledger, member_id)

    monkeypatch.setattr(service, "sums_of", moving)
    assert (checked(http, drain)["wrong"], done) == (0, [1])


def test_deaths_on_the_way(cloud: Cloud, frozen: MovableClock, http: Client, sweep: Any, drain: Any) -> None:
    walks: list[Any] = []

    def prepare() -> None:
        cloud.memory.clear()
        post(POINTS, "mem_1", "a", **{"2027-12": 100})
        spoil(POINTS, "mem_1", balance=99)
        walks.clear()

    def act() -> None:
        with Transaction() as tx:
            service.walk(tx, CheckLedgerPart(check_id=walks[0], ledger="points", segment=walks[1]))

    def holds(segment: int) -> bool:
        return bool(list(POINTS.account.scan(segment=segment, total_segments=service.SEGMENTS)))

    def begin() -> None:
        prepare()
        walks.append(service.start("test"))
        walks.append(next(each for each in range(service.SEGMENTS) if holds(each)))

    def check() -> None:
        sweep(redeliver=True)
        found = service.show(walks[0])
        assert (found.done, found.accounts, found.wrong, len(found.differences)) == (True, 1, 1, 1)

    every_death(begin, act, check)


def test_a_page_that_was_walked_meanwhile_is_not_counted_twice(books: None) -> None:
    begun = service.start("test")
    event = CheckLedgerPart(check_id=begun, ledger="growth", segment=0)
    with pytest.raises(PartMoved):
        _walk(event, meanwhile=lambda: _walk(event))


def test_a_message_of_an_earlier_page_does_nothing(books: None, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "PAGE", 1)
    begun = service.start("test")
    parts = [CheckLedgerPart(check_id=begun, ledger="points", segment=each) for each in range(service.SEGMENTS)]
    for event in parts:
        _walk(event)
    with cloud.unchanged():
        for event in parts:
            _walk(event)
    assert sum(each.done for each in LedgerCheckPart.query(begun)) < len(parts)


def _walk(event: CheckLedgerPart, meanwhile: Callable[[], None] = lambda: None) -> None:
    with Transaction() as tx:
        service.walk(tx, event)
        meanwhile()


def test_staff_begin_one_and_see_them_all(books: None, http: Client, drain: Any, cloud: Cloud) -> None:
    staff = http.as_(staff_token("payments.read", "payments.write"))
    begun = staff.post("/admin/ledger-checks").ok()
    assert (begun["done"], begun["accounts"]) == (False, 0)
    drain()
    assert staff.get(f"/admin/ledger-checks/{begun['id']}").ok()["accounts"] == 32
    assert [each["id"] for each in staff.get("/admin/ledger-checks").ok()["items"]] == [begun["id"]]
    with cloud.unchanged():
        assert staff.get("/admin/ledger-checks/lck_nothing").code == "ledger_check_not_found"
