"""Checking in. Promise and algorithm: docs/algorithms/tasks.md."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.ledgers import insistently
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.rewards import service as rewards
from chalicelib.loyalty.rewards.schemas import Reward
from chalicelib.loyalty.tasks.check_in.errors import CheckInClosed, CheckInMoved
from chalicelib.loyalty.tasks.check_in.events import CheckedIn, RemindCheckIn
from chalicelib.loyalty.tasks.check_in.models import SHARDS, CheckIn, CheckInDay, CheckInMonth
from chalicelib.loyalty.tasks.check_in.rules.service import rules_on
from chalicelib.loyalty.tasks.check_in.schemas import CheckInView, DayView, MonthView, Rules, StepView, WhenMissed
from chalicelib.loyalty.tasks.check_in.streaks.service import ONE, enter, months_of, steps_due
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member

EXPORTED = 24


@dataclass
class Sheet:
    """What was read of a member, and changes until it is written."""

    member: Member
    account: CheckIn
    months: dict[str, CheckInMonth]
    today: date
    rules: Rules

    @property
    def this_month(self) -> CheckInMonth:
        return self.months[f"{self.today:%Y-%m}"]

    @property
    def last_day(self) -> date | None:
        return date.fromisoformat(self.account.last_day) if self.account.last_day else None

    @property
    def streak(self) -> int:
        """Alive today: up to today or yesterday."""
        return self.account.streak if self.last_day is not None and self.last_day >= self.today - ONE else 0

    @property
    def make_up_from(self) -> date:
        """The first day that can be mended."""
        came = clock.business_day(self.member.registered_at)
        return max(self.today - timedelta(days=self.rules.make_up_days), came)

    def enter(self, day: date, *, made_up: bool) -> list[Reward]:
        """*day* counts. :returns: the rewards of the steps that are reached by it."""
        marks = {date.fromisoformat(key): mark for each in self.months.values() for key, mark in each.marks.items()}
        changed = enter(marks, day, made_up=made_up)
        self.account.total += 1
        if self.last_day is None or changed[-1] >= self.last_day:
            self.account.last_day, self.account.streak = changed[-1].isoformat(), marks[changed[-1]].streak
        steps = list(steps_due(self.rules, marks, changed, self.account.total))
        for each in changed:
            self.months[f"{each:%Y-%m}"].marks[each.isoformat()] = marks[each]
        return [reward for step in steps if (reward := self.rules.reward_of(step)) is not None]


def read(member_id: str, back_to: timedelta = ONE) -> Sheet:
    """The member's sheet: today's rules, and the months since *back_to* before today.

    :raises Unauthorized: the account is closed.
    """
    today = clock.today()
    names = months_of(today - back_to, today)
    keys = [(member_id, name) for name in names]
    found = batch_get({Member: [member_id], CheckIn: [member_id], CheckInMonth: keys}, consistent=True)
    months = {name: found[CheckInMonth].get((member_id, name)) or empty_month(member_id, name) for name in names}
    account = found[CheckIn].get(member_id) or CheckIn(member_id=member_id)
    return Sheet(Member.require_active(found[Member].get(member_id)), account, months, today, rules_on(today))


def check_in(member_id: str) -> CheckInView:
    """Today counts; a second tap answers the same.

    :raises CheckInClosed: nobody can. :raises AccountMoved: the member's accounts move faster than we read.
    """
    return insistently(lambda: _check_in(member_id))


def _check_in(member_id: str) -> CheckInView:
    sheet = read(member_id)
    if sheet.last_day is not None and sheet.last_day >= sheet.today:
        return view(sheet)
    if not sheet.rules.enabled:
        raise CheckInClosed()
    reward = rewards.added([sheet.rules.daily, *sheet.enter(sheet.today, made_up=False)])
    title = f"签到第{sheet.account.streak}天"
    with Transaction() as tx:
        write(tx, sheet, [], sheet.today, reward, "check_in", title)
        if sheet.account.remind:
            remind_on(tx, sheet, sheet.today + ONE)
    return view(sheet, reward)


def write(tx: Transaction, sheet: Sheet, more: list[Action], day: date, reward: Reward, kind: str, title: str) -> None:
    """Add to *tx* the sheet under its version, the reward of *day*, the counter and the announcement.

    :raises CheckInMoved: (at commit) it changed since it was read.
    """
    account, made_up = sheet.account, kind != "check_in"
    read_version, account.version = account.version, account.version + 1
    members.require_active(tx, account.member_id)
    tx.update(
        CheckIn(member_id=account.member_id),
        [
            CheckIn.last_day.set(account.last_day),
            CheckIn.streak.set(account.streak),
            CheckIn.total.set(account.total),
            CheckIn.version.set(account.version),
            *more,
        ],
        only_if=CheckIn.version == read_version if read_version else CheckIn.version.does_not_exist(),
        otherwise=CheckInMoved(),
    )
    for each in sheet.months.values():
        if each.marks or each.made_up:
            tx.put(each)
    counted = CheckInDay.made_up.add(1) if made_up else CheckInDay.checked_in.add(1)
    tx.update(CheckInDay(day=sheet.today.isoformat(), shard=f"{random.randrange(SHARDS)}"), [counted])
    rewards.grant(tx, account.member_id, reward, kind, day.isoformat(), title)
    streak = sheet.months[f"{day:%Y-%m}"].marks[day.isoformat()].streak
    named = {"member_id": account.member_id, "day": day.isoformat(), "at": clock.now()}
    tx.emit(CheckedIn.model_validate({**named, "streak": streak, "made_up": made_up}))


def remind_on(tx: Transaction, sheet: Sheet, day: date) -> None:
    """Have the member reminded on *day*, unless it counts by then."""
    at = clock.day_start(day) + timedelta(hours=sheet.rules.remind_hour)
    tx.emit(RemindCheckIn(member_id=sheet.account.member_id, day=day.isoformat()), at=at)


def set_reminder(member_id: str, on: bool) -> CheckInView:
    """Whether the member wants to be reminded. It begins with the next day that is open."""
    sheet = read(member_id)
    done = sheet.last_day is not None and sheet.last_day >= sheet.today
    late = clock.now() >= clock.day_start(sheet.today) + timedelta(hours=sheet.rules.remind_hour)
    with Transaction() as tx:
        members.require_active(tx, member_id)
        tx.update(CheckIn(member_id=member_id), [CheckIn.remind.set(on)])
        if on and not sheet.account.remind:
            remind_on(tx, sheet, sheet.today + ONE if done or late else sheet.today)
    sheet.account.remind = on
    return view(sheet)


def has_checked_in(member_id: str, day: str) -> bool:
    """Whether the newest day that counts is *day* or a later one."""
    account = CheckIn.find(member_id, consistent=True)
    return account is not None and (account.last_day or "") >= day


def show(member_id: str) -> CheckInView:
    """Where the member stands."""
    return view(read(member_id))


def view(sheet: Sheet, given: Reward | None = None) -> CheckInView:
    """The sheet as people see it. :param given: what was given just now."""
    rules, account, this = sheet.rules, sheet.account, sheet.this_month
    done = sheet.last_day is not None and sheet.last_day >= sheet.today
    number = sheet.streak if rules.when_missed is WhenMissed.RESTART else account.total
    return CheckInView(
        open=rules.enabled,
        day=sheet.today,
        checked_in=done,
        streak=sheet.streak,
        total=account.total,
        step=rules.step_of(number if done else number + 1),
        cycle_days=rules.cycle_days,
        daily=rules.daily,
        steps=[StepView(step=each.step, reward=each.reward) for each in sorted(rules.steps, key=lambda e: e.step)],
        cards=account.cards,
        card_points=rules.card_points,
        make_ups_left=max(rules.make_up_per_month - this.made_up, 0),
        free_left=max(min(rules.free_per_month - this.free, rules.make_up_per_month - this.made_up), 0),
        make_up_from=sheet.make_up_from,
        remind=account.remind,
        given=given if given is not None and not given.is_nothing else None,
    )


def month(member_id: str, name: str | None) -> MonthView:
    """The days of a month that count. :param name: ``2026-11``; None: this month."""
    wanted = name or f"{clock.today():%Y-%m}"
    return month_of(CheckInMonth.find(member_id, wanted, consistent=True) or empty_month(member_id, wanted))


def empty_month(member_id: str, name: str) -> CheckInMonth:
    """A month in which no day counts yet."""
    return CheckInMonth(member_id=member_id, month=name, marks={})


def month_of(stored: CheckInMonth) -> MonthView:
    """A month as people see it."""
    days = [
        DayView(day=date.fromisoformat(key), made_up=mark.made_up, streak=mark.streak)
        for key, mark in sorted(stored.marks.items())
    ]
    return MonthView(month=stored.month, days=days, made_up=stored.made_up)


def export(member_id: str) -> dict[str, object]:
    """The newest two years, for the copy of the member's personal data. Registered with identity."""
    account = CheckIn.find(member_id, consistent=True) or CheckIn(member_id=member_id)
    newest = CheckInMonth.query(member_id, scan_index_forward=False, limit=EXPORTED)
    return {
        "cards": account.cards,
        "total": account.total,
        "remind": account.remind,
        "months": [month_of(each).model_dump(mode="json") for each in newest],
    }


def forget(member_id: str) -> None:
    """Drop what is kept about a closed account. Running it twice does no harm."""
    CheckInMonth.delete_under(member_id)
    CheckIn(member_id=member_id).delete()
