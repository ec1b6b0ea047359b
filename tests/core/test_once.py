"""Once: the same key carries a command out once and answers the same, however often and however fast it comes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from chalicelib.core import ids, once
from chalicelib.core.errors import DomainError
from chalicelib.core.once import Guard, KeyReused, Once, Repeat
from chalicelib.core.schemas import Schema
from chalicelib.core.transaction import Transaction
from infra.local import faults
from tests.core.things import Gone, Thing, clear, recorded
from tests.harness import START, Cloud, MovableClock

pytestmark = pytest.mark.usefixtures("tables", "naps")


class Buy(Schema):
    what: str
    count: int = 1


def buy(body: Buy, key: str = "key-0001", actor: str = "mem_1") -> str:
    """A use case as features write it: takes stock, makes a thing, once."""
    command = Once(actor, "buy", key, body)

    def take() -> str:
        made = ids.new("thg")
        with command.writing(made) as tx:
            stock, enough = Thing(id="stock"), Thing.count >= body.count
            tx.update(stock, [Thing.count.add(-body.count)], only_if=enough, otherwise=Gone(what="stock"))
            tx.put(Thing(id=made))
        return made

    return command.carry_out(take)


def left() -> int:
    found = Thing.find("stock", consistent=True)
    assert found is not None
    return found.count


@pytest.fixture(autouse=True)
def _stock(tables: Cloud) -> None:
    Thing(id="stock", count=10).save()


def test_the_same_key_the_same_answer(tables: Cloud) -> None:
    first = buy(Buy(what="a"))
    with tables.unchanged():
        assert buy(Buy(what="a")) == buy(Buy(what="a", count=1)) == first
    assert left() == 9


def test_another_body_is_refused(tables: Cloud) -> None:
    buy(Buy(what="a"))
    with tables.unchanged():
        for body in (Buy(what="b"), Buy(what="a", count=2)):
            with pytest.raises(KeyReused):
                buy(body)


def test_another_key_actor_or_operation_is_another_command() -> None:
    made = {buy(Buy(what="a")), buy(Buy(what="a"), key="key-0002"), buy(Buy(what="a"), actor="mem_2")}
    assert (len(made), left()) == (3, 7)
    assert Once("a", "one", "k", Buy(what="a")).guard_id != Once("a", "two", "k", Buy(what="a")).guard_id


def test_a_refusal_does_not_use_the_key_up(tables: Cloud) -> None:
    with tables.unchanged(), pytest.raises(Gone):
        buy(Buy(what="a", count=99))
    assert buy(Buy(what="a"))
    assert left() == 9


def test_two_at_once_one_wins_and_both_have_its_answer() -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: buy(Buy(what="a")), range(4)))
    assert (len(set(answers)), left()) == (1, 9)


def test_two_at_once_with_different_bodies() -> None:
    def attempt(what: str) -> str:
        try:
            return buy(Buy(what=what))
        except KeyReused:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(attempt, "ab"))
    assert (answers.count("refused"), left()) == (1, 9)


def test_the_loser_of_a_race_repeats_even_when_the_stock_is_gone() -> None:
    """Both read no guard; the other took the last piece. Ours is a repeat, not "sold out"."""
    Thing(id="stock", count=1).save()
    body, command = Buy(what="a"), Once("mem_1", "buy", "key-0001", Buy(what="a"))
    command.recall()
    won = buy(body)
    with pytest.raises(DomainError) as caught, Transaction() as tx:  # noqa: PT012
        command.claim(tx, "thg_other")
        stock, some = Thing(id="stock"), Thing.count >= 1
        tx.update(stock, [Thing.count.add(-1)], only_if=some, otherwise=Gone(what="stock"))
    verdict = command.settle(caught.value)
    assert isinstance(verdict, Repeat)
    assert verdict.result == won


def test_who_is_refused_by_what_its_twin_has_just_taken_has_the_twins_answer(tables: Cloud) -> None:
    """It looked before it wrote: "sold out" would be said to the buyer who has it."""
    Thing(id="stock", count=1).save()
    body, command, won = Buy(what="a"), Once("mem_1", "buy", "key-0001", Buy(what="a")), []

    def late() -> str:
        won.append(buy(body))
        raise Gone(what="stock")

    assert command.carry_out(late) == won[0]
    with tables.unchanged(), pytest.raises(Gone):
        Once("mem_1", "buy", "key-0002", body).carry_out(lambda: buy(body, key="key-0003"))


def test_a_lost_answer_then_the_client_asks_again() -> None:
    with faults.lost_answer("TransactWriteItems", times=99), pytest.raises(Exception, match="timeout"):
        buy(Buy(what="a"))
    again = buy(Buy(what="a"))
    assert (left(), Thing.find(again) is not None) == (9, True)


def test_killed_at_every_step(tables: Cloud) -> None:
    def prepare() -> None:
        clear(tables)
        Thing(id="stock", count=10).save()

    def check() -> None:
        assert buy(Buy(what="a")) == buy(Buy(what="a"))
        assert left() == 9

    steps = faults.every_death(prepare, lambda: buy(Buy(what="a")), check)
    assert steps == ["dynamodb GetItem", "dynamodb TransactWriteItems"]


def test_recognized_in_a_batch_that_was_read_anyway() -> None:
    made = buy(Buy(what="a"))
    command = Once("mem_1", "buy", "key-0001", Buy(what="a"))
    with recorded("GetItem") as reads:
        command.recognize(None)
        guard = Guard(id=command.guard_id, fingerprint=command.fingerprint, result=made)
        with pytest.raises(Repeat) as caught:
            command.recognize(guard)
    assert (caught.value.result, reads) == (made, [])


def test_settle_lets_other_refusals_pass() -> None:
    error = Gone(what="a")
    assert Once("a", "b", "c", Buy(what="a")).settle(error) is error


def test_remembered_for_a_week(tables: Cloud, frozen: MovableClock) -> None:
    buy(Buy(what="a"))
    (guard,) = tables.items("guards")
    assert int(guard["expires_at"]["N"]) == int((START + once.KEEP).timestamp())
    assert timedelta(days=1) <= once.KEEP
