"""Tables of the comparison with the channel's bills."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.states import Steps
from chalicelib.core.tables import EnumAttribute, FenAttribute, IntAttribute, Table, TimeAttribute, table_name

MALL = "mall"


class DayStatus(StrEnum):
    """How far a day is. See docs/algorithms/reconciliation.md."""

    WAITING = "waiting"
    """The bill is not here yet."""
    COMPARING = "comparing"
    DONE = "done"


DAY_STEPS = Steps(
    {
        DayStatus.WAITING: [DayStatus.WAITING, DayStatus.COMPARING],
        DayStatus.COMPARING: [DayStatus.COMPARING, DayStatus.DONE, DayStatus.WAITING],
        DayStatus.DONE: [DayStatus.WAITING],
    }
)


class Reconciliation(Table):
    """A day of the channel's, by its own clock: the report that is kept. Amounts and counts are the bill's."""

    class Meta:
        table_name = table_name("reconciliations")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    day = UnicodeAttribute(range_key=True)
    status = EnumAttribute(DayStatus)
    run = IntAttribute()
    """Counts how often it was begun."""
    step = IntAttribute()
    """Messages done in this run."""
    place = IntAttribute(null=True)
    """Where in the kept bill the next rows are, in bytes; 0: all are compared. Null as long as none is kept."""
    begun_at = TimeAttribute()
    touched_at = TimeAttribute()
    finished_at = TimeAttribute(null=True)
    problem = UnicodeAttribute(null=True)
    """Why the bill is not here: the channel's code, or the kind of failure."""
    has_bill = BooleanAttribute(default=False)
    rows = IntAttribute(default=0)
    payments = IntAttribute(default=0)
    payments_amount = FenAttribute(default=0)
    refunds = IntAttribute(default=0)
    refunds_amount = FenAttribute(default=0)
    fee_amount = FenAttribute(default=0)
    own_payments = IntAttribute(default=0)
    own_refunds = IntAttribute(default=0)
    """What our books count to that day."""
    found = IntAttribute(default=0)
    """Differences that this run met."""


class About(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"


class Kind(StrEnum):
    OURS_ONLY = "ours_only"
    THEIRS_ONLY = "theirs_only"
    STATUS = "status"
    AMOUNT = "amount"
    NUMBER = "number"


class State(StrEnum):
    OPEN = "open"
    EXPLAINED = "explained"
    """By staff, with a note."""
    RESOLVED = "resolved"
    """By itself: the books agree by now."""


STEPS = Steps(
    {
        State.OPEN: [State.EXPLAINED, State.RESOLVED],
        State.EXPLAINED: [State.EXPLAINED, State.OPEN],
        State.RESOLVED: [State.OPEN],
    }
)


class ByState(GlobalSecondaryIndex["Difference"]):
    class Meta:
        index_name = "by_state"
        projection = AllProjection()

    state = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class Difference(Table):
    """One number about which the channel and we do not agree. A number has one at most, in the day it was found in."""

    class Meta:
        table_name = table_name("payment_differences")

    day = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """``payment-<number>``, ``refund-<number>``."""
    place = UnicodeAttribute()
    """``day#id``: the order in which those of a state are listed."""
    state = EnumAttribute(State)
    about = EnumAttribute(About)
    number = UnicodeAttribute()
    """Ours: ``out_trade_no``, ``out_refund_no``."""
    kind = EnumAttribute(Kind)
    own_amount = FenAttribute(null=True)
    own_status = UnicodeAttribute(null=True)
    channel_amount = FenAttribute(null=True)
    channel_state = UnicodeAttribute(null=True)
    channel_number = UnicodeAttribute(null=True)
    """The channel's own number for it."""
    paid_number = UnicodeAttribute(null=True)
    """Of a refund: the number of what was paid, as the bill says."""
    order_id = UnicodeAttribute(null=True)
    member_id = UnicodeAttribute(null=True)
    found_at = TimeAttribute()
    note = UnicodeAttribute(null=True)
    explained_by = UnicodeAttribute(null=True)
    explained_at = TimeAttribute(null=True)
    resolved_at = TimeAttribute(null=True)

    by_state = ByState()
