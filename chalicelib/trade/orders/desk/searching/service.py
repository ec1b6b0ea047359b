"""The search: from a lead through the sieve onto a page. See docs/algorithms/order-desk.md, "How it is answered"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from pydantic import BaseModel

from chalicelib.core import pages
from chalicelib.trade.orders.desk.schemas import DeskOrderView
from chalicelib.trade.orders.desk.searching.box.service import guesses
from chalicelib.trade.orders.desk.searching.leads import service as leads
from chalicelib.trade.orders.desk.searching.leads.service import Lead
from chalicelib.trade.orders.desk.searching.matching.service import Sieve
from chalicelib.trade.orders.desk.searching.schemas import FindOrders, FoundOrders
from chalicelib.trade.orders.models import Order

MOST_EXAMINED = 500
"""Orders that one request looks at, at most."""
READ_AT_ONCE = 100


class Position(BaseModel):
    """Where a page ended: what a cursor says."""

    first: date
    last: date
    """The days that the first page began with: the next page's are the same, tomorrow too."""
    day: date | None = None
    below: str
    understood_as: str | None = None


def find(asked: FindOrders) -> FoundOrders:
    """One page of what is asked for. :raises Invalid: a cursor of another question; too many days."""
    scope = "orders/" + asked.model_dump_json(exclude={"cursor", "limit"}, exclude_none=True)
    told = pages.decode(asked.cursor, scope)
    at = Position.model_validate(told) if told is not None else None
    if asked.q is None:
        return _page(asked, at, scope, None)
    examined, found = 0, _nothing()
    for name, value in guesses(asked.q):
        if at is not None and at.understood_as != name:
            continue
        if getattr(asked, name) in (None, value):
            found = _page(asked.model_copy(update={name: value}), at, scope, name)
            examined += found.examined
        if found.items or found.cursor:
            break
    return found.model_copy(update={"examined": examined})


@dataclass
class Walk:
    """One request's way along the leads."""

    sieve: Sieve
    limit: int
    oldest: str
    kept: list[Order] = field(default_factory=list)
    examined: int = 0
    below: str = ""

    def along(self, lead: Lead) -> bool:
        """Take from *lead* what fits. Whether its end was reached; if not, ``below`` says where it goes on."""
        loose = self.sieve.is_loose_for(lead.answers)
        while len(self.kept) < self.limit and self.examined < MOST_EXAMINED:
            room = self.limit - len(self.kept)
            wanted = min(READ_AT_ONCE if loose else room, MOST_EXAMINED - self.examined)
            seen, orders = lead.read(self.below, wanted)
            taken = self.sieve.passing(orders)[: room + 1]
            if len(taken) > room:  # the rest is the next page's
                seen = seen[: seen.index(taken[room - 1].id) + 1]
            self.kept += taken[:room]
            self.examined += len(seen)
            if seen:
                self.below = seen[-1]
            if len(taken) <= room and (len(seen) < wanted or self.below < self.oldest):
                return True
        return False


def _page(asked: FindOrders, at: Position | None, scope: str, understood_as: str | None) -> FoundOrders:
    first, last = (at.first, at.last) if at is not None else leads.window(asked)
    walk, newest = Walk(Sieve(asked), asked.limit, leads.oldest(asked, first)), leads.newest(asked, last)
    cursor, day = None, None
    for lead in _from(at, leads.leads(asked, first, last)):
        day, walk.below = lead.day, at.below if at is not None and at.day == lead.day else newest
        if not walk.along(lead):
            position = Position(first=first, last=last, day=day, below=walk.below, understood_as=understood_as)
            cursor = pages.encode(position.model_dump(mode="json"), scope)
            break
    return FoundOrders(
        items=[DeskOrderView.of(order) for order in walk.kept],
        cursor=cursor,
        examined=walk.examined,
        searched_to=day,
        understood_as=understood_as,
    )


def _from(at: Position | None, all_leads: Iterator[Lead]) -> Iterator[Lead]:
    """The leads that are not behind *at*."""
    return (each for each in all_leads if at is None or each.day is None or at.day is None or each.day <= at.day)


def _nothing() -> FoundOrders:
    return FoundOrders(items=[], cursor=None, examined=0, searched_to=None, understood_as=None)
