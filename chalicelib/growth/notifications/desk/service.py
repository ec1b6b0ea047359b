"""What was sent, found by its keys."""

from __future__ import annotations

import datetime as dt

from chalicelib.core import pages
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.growth.notifications.counts import service as counts
from chalicelib.growth.notifications.desk.schemas import DaysView, FindDays, FindMessages, KindDayView, MessageView
from chalicelib.growth.notifications.models import Message


def find(question: FindMessages) -> Page[MessageView]:
    """One page: of a member by order, the newest order first; of a day, the newest message first."""
    if question.day is not None:
        day = question.day.isoformat()
        keys, cursor = pages.query(Message.by_day, day, limit=question.limit, cursor=question.cursor)
        ids = [(key.member_id, key.id) for key in keys]
        found = batch_get({Message: ids})[Message]
        messages = [found[each] for each in ids if each in found]
    else:
        of_order = Message.id.startswith(question.order_id) if question.order_id else None
        messages, cursor = pages.query(
            Message, question.member_id or "", of_order, limit=question.limit, cursor=question.cursor
        )
    return Page[MessageView](items=[MessageView.of(each) for each in messages], cursor=cursor)


def days(question: FindDays) -> DaysView:
    """The counters of some days. One round trip a day."""
    items = []
    for ago in range((question.last - question.first).days + 1):
        day = question.last - dt.timedelta(days=ago)
        for kind, counted in sorted(counts.of_day(day).items()):
            numbers = {end.value: counted[end] for end in counts.ENDS}
            items.append(KindDayView(day=day, kind=kind, **numbers))
    return DaysView(items=items)
