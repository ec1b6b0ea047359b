"""Many groups end in one minute; and what the decision is, for any numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import jobs
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.group_buy.deciding.service import Verdict, decide, judge
from chalicelib.growth.campaigns.group_buy.events import DecideGroup
from chalicelib.growth.campaigns.group_buy.models import Group, GroupStatus
from chalicelib.growth.campaigns.group_buy.schemas import GroupBuySettings
from infra.local.faults import watched
from tests.growth.campaigns.group_buy import rows
from tests.harness import Cloud, MovableClock

Do = Callable[..., Any]
MANY = 100


def _open_many(count: int) -> None:
    campaign = rows.campaign()
    with Group.batch_write() as batch:
        for number in range(count):
            batch.save(rows.group_row(campaign, name=f"grp_{number}", taken=1, paid=1))


def _statuses() -> set[str]:
    return {each.status.value for each in Group.scan(consistent_read=True)}


def test_five_hundred_deadlines_in_one_sweep(cloud: Cloud, frozen: MovableClock, sweep: Do) -> None:
    _open_many(5 * MANY)
    ends_at = rows.ends_at()
    for start in range(0, 5 * MANY, MANY):
        with Transaction() as tx:
            for number in range(start, start + MANY):
                tx.emit(DecideGroup(group_id=f"grp_{number}"), at=ends_at)
    sweep(minutes=59)
    assert _statuses() == {"open"}
    sweep(minutes=2)
    assert _statuses() == {"failed"}
    assert cloud.dead_letters() == []


def test_the_job_finds_those_whose_deadline_was_lost(cloud: Cloud, frozen: MovableClock, drain: Do) -> None:
    _open_many(MANY)
    assert jobs.run("close_groups") == 0
    frozen.move(minutes=61)
    with watched() as watch:
        assert jobs.run("close_groups") == MANY
    calls = [step.partition(" ")[2] for step in watch.steps]
    # One query; two transactions of fifty; their messages by the ten.
    assert (calls.count("Query"), calls.count("TransactWriteItems"), calls.count("SendMessageBatch")) == (1, 2, 10)
    drain()
    assert _statuses() == {"failed"}
    assert jobs.run("close_groups") == 0


def test_what_one_decision_costs(cloud: Cloud, frozen: MovableClock) -> None:
    _open_many(1)
    with watched() as watch:
        assert decide("grp_0").status is GroupStatus.OPEN
    assert [step.partition(" ")[2] for step in watch.steps] == ["GetItem", "GetItem"]
    frozen.move(minutes=61)
    with watched() as watch:
        assert decide("grp_0").status is GroupStatus.FAILED
    calls = [step.partition(" ")[2] for step in watch.steps]
    assert (calls.count("GetItem"), calls.count("TransactWriteItems")) == (3, 1)


_rules = st.lists(st.integers(2, 12), min_size=1, max_size=4, unique=True).flatmap(
    lambda sizes: st.builds(
        GroupBuySettings,
        sizes=st.just(sorted(sizes)),
        virtual_from=st.one_of(st.none(), st.integers(1, min(sizes) - 1)) if min(sizes) > 1 else st.none(),
    )
)


@given(_rules, st.integers(0, 12), st.integers(0, 12), st.sampled_from([None, "time", "stopped"]))
def test_any_group_is_judged_by_its_paid_seats(rules: GroupBuySettings, one: int, other: int, over: str | None) -> None:
    taken, paid = min(max(one, other), rules.sizes[-1]), min(one, other, rules.sizes[-1])
    verdict = judge(rules, taken, paid, over)
    least = rules.virtual_from or rules.sizes[0]
    if verdict is None:
        # It waits: people still join, or somebody who could help holds a seat.
        assert taken > 0
        assert over is None or (paid < taken and taken >= least)
        assert paid < rules.sizes[-1]
    elif verdict.size is None:
        assert paid < least
        assert verdict.reason in (over, "left")
        assert over is not None or taken == 0
    else:
        assert verdict.size in rules.sizes
        assert verdict.size - verdict.made_up <= paid
        assert verdict.made_up == 0 or (verdict.size == rules.sizes[0] and paid >= least)
        assert all(size > paid for size in rules.sizes if size > verdict.size)
        assert over is not None or paid == rules.sizes[-1]


def test_the_edges() -> None:
    rules = GroupBuySettings(sizes=[2, 4], virtual_from=1)
    assert judge(rules, 4, 4, None) == Verdict(size=4)
    assert judge(rules, 4, 3, None) is None
    assert judge(rules, 4, 3, "time") is None
    assert judge(rules, 3, 3, "time") == Verdict(size=2)
    assert judge(rules, 1, 1, "time") == Verdict(size=2, made_up=1)
    assert judge(rules, 1, 0, "time") is None
    assert judge(rules, 0, 0, None) == Verdict(reason="left")
