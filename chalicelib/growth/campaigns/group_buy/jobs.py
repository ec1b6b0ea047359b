"""Groups are decided on time, also when deadlines were lost."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.jobs import job
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.group_buy.events import DecideGroup
from chalicelib.growth.campaigns.group_buy.models import UNDECIDED, Group

BATCH = 50
MOST = 1000


@job("close_groups")
def close_groups() -> int:
    """Have every group decided whose end has passed; each alone, so that a bad one stops none.

    :returns: how many. What is above a thousand waits for the next run, oldest first.
    """
    due = [each.id for each in Group.by_due.query(UNDECIDED, Group.ends_at <= clock.now(), limit=MOST)]
    for start in range(0, len(due), BATCH):
        with Transaction() as tx:
            for group_id in due[start : start + BATCH]:
                tx.emit(DecideGroup(group_id=group_id))
    return len(due)
