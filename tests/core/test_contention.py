"""Contention, throttling, lost answers: what is tried again, what is refused, what nobody can know."""

# ruff: noqa: PT012, SIM117 - what is refused is the whole block

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from chalicelib.core import transaction
from chalicelib.core.errors import TooBusy
from chalicelib.core.transaction import Transaction
from infra.local import faults
from tests.core.things import Gone, Painted, Taken, Thing, answered, canceled, put_new, recorded, refused, stored
from tests.harness import Cloud

pytestmark = pytest.mark.usefixtures("tables", "naps")


class TestContention:
    def test_contention_alone_is_tried_again_with_the_same_token(self, naps: list[float]) -> None:
        with recorded("TransactWriteItems") as calls, faults.conflict(times=3), Transaction() as tx:
            tx.put(Thing(id="a"))
        assert stored("a")
        assert len(calls) == 4
        assert len({call["ClientRequestToken"] for call in calls}) == 1
        assert len(naps) == 3
        assert max(naps) <= 0.4

    def test_two_transactions_have_two_tokens(self) -> None:
        with recorded("TransactWriteItems") as calls:
            for each in "ab":
                with Transaction() as tx:
                    tx.put(Thing(id=each))
        assert len({call["ClientRequestToken"] for call in calls}) == 2

    def test_too_busy_after_three_repeats(self, tables: Cloud) -> None:
        with tables.unchanged(), recorded("TransactWriteItems") as calls, faults.conflict(times=9):
            with pytest.raises(TooBusy), Transaction() as tx:
                tx.put(Thing(id="a"))
        assert len(calls) == 1 + transaction.RETRIES == 4

    @pytest.mark.parametrize(
        "code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"]
    )
    def test_every_kind_of_contention(self, code: str) -> None:
        with answered("TransactWriteItems", canceled("None", code)), Transaction() as tx:
            tx.put(Thing(id="a"))
            tx.put(Thing(id="b"))
        assert stored("a")

    def test_conflict_beside_a_failed_condition_is_a_refusal(self, tables: Cloud) -> None:
        given = canceled("TransactionConflict", "ConditionalCheckFailed")
        with tables.unchanged(), answered("TransactWriteItems", given), pytest.raises(Taken), Transaction() as tx:
            tx.put(Thing(id="a"))
            put_new(tx, "b")

    def test_the_old_item_travels_with_the_reason(self) -> None:
        old = {"id": {"S": "a"}, "count": {"N": "4"}}
        with answered("TransactWriteItems", canceled("None", "ConditionalCheckFailed", items={1: old})):
            with pytest.raises(Gone) as caught, Transaction() as tx:
                tx.put(Thing(id="b"))
                put_new(tx, "a", otherwise=lambda item: Gone(what=item["count"]["N"]))
        assert caught.value.details == {"what": "4"}

    @pytest.mark.parametrize(
        "given",
        [
            canceled("ValidationError", "None"),
            canceled("TransactionConflict", "ValidationError"),
            canceled("ItemCollectionSizeLimitExceeded"),
            canceled("None", "None"),
            refused("TransactionCanceledException"),
            refused("ValidationException"),
            refused("AccessDeniedException"),
            refused("IdempotentParameterMismatchException"),
        ],
    )
    def test_what_is_no_contention_is_never_tried_again(self, tables: Cloud, given: Any) -> None:
        with tables.unchanged(), recorded("TransactWriteItems") as calls, answered("TransactWriteItems", given):
            with pytest.raises(ClientError), Transaction() as tx:
                tx.put(Thing(id="a"))
                tx.put(Thing(id="b"))
        assert len(calls) == 1

    def test_a_real_validation_error(self, tables: Cloud) -> None:
        with tables.unchanged(), recorded("TransactWriteItems") as calls, pytest.raises(ClientError):
            with Transaction() as tx:
                tx.put(Thing(id=""))
        assert len(calls) == 1

    def test_throttled_botocore_repeats_and_it_succeeds(self, naps: list[float]) -> None:
        with faults.throttle("TransactWriteItems", times=3), Transaction() as tx:
            tx.put(Thing(id="a"))
        assert stored("a")
        assert naps == []

    def test_throttled_for_good_is_too_busy_and_not_multiplied(self, tables: Cloud) -> None:
        """Four attempts by botocore, with pauses of seconds; four times that would outlast the request."""
        with tables.unchanged(), recorded("TransactWriteItems") as calls, pytest.raises(TooBusy):
            with faults.throttle("TransactWriteItems", times=99), Transaction() as tx:
                tx.put(Thing(id="a"))
        assert len(calls) == 1

    def test_still_in_progress_is_not_called_too_busy(self) -> None:
        """The first try may be committing: "nothing was written" would be a guess."""
        with answered("TransactWriteItems", refused("TransactionInProgressException")):
            with pytest.raises(ClientError, match="TransactionInProgress"), Transaction() as tx:
                tx.put(Thing(id="a"))


class TestLostAnswers:
    def test_committed_and_unheard_the_repeat_is_harmless(self) -> None:
        Thing(id="a", count=10).save()
        with recorded("TransactWriteItems") as calls, faults.lost_answer("TransactWriteItems", times=2):
            with Transaction() as tx:
                tx.update(Thing(id="a"), [Thing.count.add(-1)], only_if=Thing.count >= 10, otherwise=Gone(what="a"))
        assert stored("a").count == 9  # type: ignore[union-attr]
        assert len(calls) == 1  # botocore repeated it, byte for byte

    def test_contention_then_a_lost_answer(self) -> None:
        Thing(id="a", count=10).save()
        with faults.conflict(times=2), faults.lost_answer("TransactWriteItems", times=1), Transaction() as tx:
            tx.update(Thing(id="a"), [Thing.count.add(-1)])
        assert stored("a").count == 9  # type: ignore[union-attr]

    def test_never_answered_is_neither_success_nor_refusal(self, on: Any, tables: Cloud) -> None:
        on(Painted, lambda event, tx: None)
        with faults.lost_answer("TransactWriteItems", times=99), pytest.raises(ReadTimeoutError):
            with Transaction() as tx:
                tx.put(Thing(id="a"))
                tx.emit(Painted(thing_id="a"))
        assert stored("a"), "it happened all the same"
        assert len(tables.items("outbox")) == 1, "and the sweep will send its event"
