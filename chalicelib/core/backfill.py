"""Backfills: bring old items to what this release wants, page by page, while the mall runs.

A release that needs a new attribute in old items plugs a :class:`Backfill` into ``extensions.PLUG_LISTS["backfills"]``.
The job ``run_backfills`` works on it every ten minutes until it is through: it keeps its place after each page, so that
a run cut short goes on where it stopped, and two at once do nothing twice. Rules: docs/deploying.md.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.jobs import job
from chalicelib.core.plugs import PlugList
from chalicelib.core.tables import IntAttribute, Table, TimeAttribute, table_name
from chalicelib.core.transaction import Transaction

log = logging.getLogger(__name__)

PAGE = 100
RUN = timedelta(minutes=4)  # the function has five


@dataclass(frozen=True)
class Fill:
    """What an old item needs. *only_if*: what makes a second time harmless, ``Order.channel.does_not_exist()``."""

    actions: Sequence[Action]
    only_if: Condition


@dataclass(frozen=True)
class Backfill:
    """One change of old items.

    :param name: stable and new: it is what the progress is kept under.
    :param look: item → what it needs, or None. Called with every item of the table.
    """

    name: str
    model: type[Table]
    look: Callable[[Any], Fill | None]


class Progress(Table):
    """How far a backfill has come. ``position``: the key after which it goes on, in DynamoDB's JSON."""

    class Meta:
        table_name = table_name("backfills")

    id = UnicodeAttribute(hash_key=True)
    position = UnicodeAttribute(null=True)
    seen = IntAttribute(default=0)
    changed = IntAttribute(default=0)
    begun_at = TimeAttribute()
    finished_at = TimeAttribute(null=True)


class Filled(DomainError):
    """Somebody was quicker: the item is as it should be, or gone."""

    code = "filled"


class Overtaken(DomainError):
    """Another run has moved the progress on."""

    code = "overtaken"


plugged: PlugList[Backfill] = PlugList("backfills")
sources: PlugList[Callable[[], Sequence[Backfill]]] = PlugList("backfill_sources")
"""Who has a backfill only sometimes: a key that seals things changes, and what it sealed is sealed anew."""


@job("run_backfills")
def run() -> dict[str, str]:
    """Work on every backfill that is not through, for some minutes. Safe beside itself.

    :returns: name → how far it is.
    """
    until = clock.now() + RUN
    wanted = [*plugged, *(each for source in sources for each in source())]
    return {each.name: _told(advance(each, until)) for each in wanted}


def _told(progress: Progress) -> str:
    state = "finished" if progress.finished_at else "under way"
    return f"{state}, {progress.seen} seen, {progress.changed} changed"


def advance(backfill: Backfill, until: datetime) -> Progress:
    """Go on with *backfill* until it is through, or until *until*; at least one page.

    :returns: how far it is.
    """
    progress = Progress.find(backfill.name, consistent=True) or Progress(id=backfill.name, begun_at=clock.now())
    while progress.finished_at is None:
        try:
            progress = _page(backfill, progress)
        except Overtaken:
            log.info("another run is at it", extra={"backfill": backfill.name})
            break
        log.info("backfill", extra={"backfill": backfill.name, "seen": progress.seen, "changed": progress.changed})
        if clock.now() >= until:
            break
    return progress


def _page(backfill: Backfill, progress: Progress) -> Progress:
    start = json.loads(progress.position) if progress.position else None
    page = backfill.model.scan(limit=PAGE, page_size=PAGE, last_evaluated_key=start, consistent_read=True)
    items = list(page)
    changed = sum(_fill(backfill, item) for item in items)
    after = page.last_evaluated_key
    moved = Progress(
        id=progress.id,
        position=json.dumps(after) if after else None,
        seen=progress.seen + len(items),
        changed=progress.changed + changed,
        begun_at=progress.begun_at,
        finished_at=None if after else clock.now(),
    )
    # After the page's writes: a run that dies before this sees the page again, and finds nothing to do.
    with Transaction() as tx:
        tx.put(moved, only_if=_still(progress), otherwise=Overtaken())
    return moved


def _still(progress: Progress) -> Condition:
    """The stored progress is the one that was read. The first page finds none."""
    if progress.seen == 0 and progress.position is None:
        still: Condition = Progress.id.does_not_exist()
    else:
        still = (Progress.seen == progress.seen) & Progress.finished_at.does_not_exist()
    return still


def _fill(backfill: Backfill, item: Table) -> bool:
    fill = backfill.look(item)
    if fill is None:
        return False
    hash_key = getattr(type(item), item._hash_keyname or "")
    try:
        with Transaction() as tx:
            # An item that was deleted since must not come back as a stump.
            tx.update(item, fill.actions, only_if=hash_key.exists() & fill.only_if, otherwise=Filled())
    except Filled:
        return False
    return True
