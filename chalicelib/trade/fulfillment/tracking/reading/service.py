"""Reading the courier's words: pure, in memory. Algorithm: docs/algorithms/delivery.md, "Tracking"."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chalicelib.core.settings import settings
from chalicelib.gateways.kuaidi100.schemas import Callback, CourierList, State, Watching
from chalicelib.trade.fulfillment.shipments.events import (
    ParcelDelivered,
    ParcelEvent,
    ParcelInTrouble,
    ParcelMoved,
    SideParcelDelivered,
)
from chalicelib.trade.fulfillment.shipments.models import ENDED, PARCEL_STEPS, Parcel, ParcelStatus, Purpose, Trouble
from chalicelib.trade.fulfillment.tracking.models import Subscription, Track, shard_of

SILENT_FOR, ASK_EACH, RETRY_AFTER = timedelta(hours=12), timedelta(hours=2), timedelta(minutes=30)
GIVE_UP_AFTER = timedelta(days=60)
ABORTED_AFTER = timedelta(days=3)  # Kuaidi100's own patience with a number nobody knows
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_LAST_WORDS = (State.SIGNED, State.RETURNED)

MEANING: dict[State, tuple[ParcelStatus, Trouble | None]] = {
    State.COLLECTED: (ParcelStatus.COLLECTED, None),
    State.MOVING: (ParcelStatus.IN_TRANSIT, None),
    State.FORWARDED: (ParcelStatus.IN_TRANSIT, None),
    State.CUSTOMS: (ParcelStatus.IN_TRANSIT, None),
    State.DELIVERING: (ParcelStatus.OUT_FOR_DELIVERY, None),
    State.SIGNED: (ParcelStatus.DELIVERED, None),
    State.PROBLEM: (ParcelStatus.EXCEPTION, Trouble.PROBLEM),
    State.REFUSED: (ParcelStatus.EXCEPTION, Trouble.REFUSED),
    State.RETURNING: (ParcelStatus.EXCEPTION, Trouble.RETURNED),
    State.RETURNED: (ParcelStatus.RETURNED, Trouble.RETURNED),
}


@dataclass
class Case:
    """A parcel with what is known of its way, and what its changes will announce."""

    parcel: Parcel
    track: Track
    now: datetime
    events: list[ParcelEvent] = field(default_factory=list)

    @property
    def names(self) -> dict[str, str]:
        return {"member_id": self.parcel.member_id, "order_id": self.parcel.order_id, "parcel_id": self.parcel.id}

    @property
    def is_aside(self) -> bool:
        """Whether it is an after-sale's, of no concern to the order's way."""
        return self.parcel.purpose is not Purpose.ORDER

    @property
    def still_since(self) -> datetime:
        """When anything happened to it last."""
        parcel = self.parcel
        known = (parcel.shipped_at, parcel.corrected_at, parcel.last_moved_at, self.track.settled_at)
        return max(at for at in known if at is not None)


def hear(case: Case, callback: Callback) -> bool:
    """Take a callback. :returns: False: it is no news."""
    track = case.track
    before = (track.carrier, track.subscription)
    if callback.carrier is not None and callback.carrier != track.carrier:
        # The number is another courier's: what was said under the wrong name does not count.
        track.carrier = track.corrected = callback.carrier
        track.newest_at, track.entries, track.state = None, [], State.UNKNOWN
    if callback.watching in (Watching.SHUTDOWN, Watching.ABORT):
        track.subscription = Subscription.ENDED
    elif track.subscription is not Subscription.ENDED:
        track.subscription = Subscription.SUBSCRIBED
    taken = callback.told is not None and take(case, callback.told)
    if callback.watching is Watching.ABORT:
        check_stuck(case, after=ABORTED_AFTER)
    return taken or bool(case.events) or (track.carrier, track.subscription) != before


def take(case: Case, told: CourierList) -> bool:
    """The courier's whole list replaces ours, if it is newer. :returns: False: it is not."""
    track, parcel = case.track, case.parcel
    if not _is_newer(track, told):
        return False
    track.entries, track.state = told.entries, told.state
    if told.entries:
        newest = told.entries[0]
        track.newest_at = newest.at
        parcel.last_text, parcel.last_moved_at = newest.text, min(newest.at, case.now)
    if parcel.status in ENDED:
        return True
    status, trouble = MEANING.get(told.state, (None, track.raised if track.raised is not Trouble.STUCK else None))
    if status is not None:
        _step(case, status)
    _trouble(case, trouble)
    return True


def check_stuck(case: Case, *, after: timedelta | None = None) -> None:
    """Flag a parcel of which nothing new was heard for so long (setting ``stuck_parcel_days``)."""
    parcel, patience = case.parcel, after or timedelta(days=settings().stuck_parcel_days)
    if parcel.status in ENDED or parcel.trouble is not None or case.track.raised is Trouble.STUCK:
        return
    if case.now - case.still_since >= patience:
        _trouble(case, Trouble.STUCK)


def plan(case: Case) -> None:
    """Set when the parcel is looked at next; not at all, when there is nothing left to see."""
    parcel = case.parcel
    begun = max(parcel.shipped_at, parcel.corrected_at or _NEVER)
    if parcel.status in ENDED or case.now - begun >= GIVE_UP_AFTER:
        parcel.watch, parcel.look_at = None, None
        return
    parcel.watch = shard_of(parcel.id)
    parcel.look_at = case.now + _pause(case.track)
    if parcel.trouble is None and case.track.raised is not Trouble.STUCK:
        stuck_at = case.still_since + timedelta(days=settings().stuck_parcel_days)
        parcel.look_at = min(parcel.look_at, max(stuck_at, case.now + RETRY_AFTER))


def _pause(track: Track) -> timedelta:
    if track.problem is not None and track.problem_passes:
        return RETRY_AFTER
    return SILENT_FOR if track.subscription is Subscription.SUBSCRIBED else ASK_EACH


def _is_newer(track: Track, told: CourierList) -> bool:
    if told.carrier and told.carrier != track.carrier:
        return False
    theirs = (told.entries[0].at if told.entries else _NEVER, len(told.entries))
    ours = (track.newest_at or _NEVER, len(track.entries))
    if theirs != ours:
        return theirs > ours
    return told.state in _LAST_WORDS and track.state not in _LAST_WORDS


def _step(case: Case, status: ParcelStatus) -> None:
    parcel = case.parcel
    if not PARCEL_STEPS.allows(parcel.status, status):
        return
    parcel.status, parcel.status_at = status, parcel.last_moved_at or case.now
    if not case.is_aside:
        case.events.append(ParcelMoved(**case.names, status=status))
    if status is ParcelStatus.DELIVERED:
        parcel.delivered_at = parcel.status_at
        delivered = SideParcelDelivered if case.is_aside else ParcelDelivered
        case.events.append(delivered(**case.names))


def _trouble(case: Case, trouble: Trouble | None) -> None:
    parcel, track = case.parcel, case.track
    if case.is_aside:
        track.raised = trouble  # the list of troubles is of orders; whose the after-sale is, sees the status there
    elif trouble is None:
        parcel.trouble, parcel.trouble_at, track.raised = None, None, None
    elif trouble is not track.raised:
        parcel.trouble, parcel.trouble_at, track.raised = trouble, case.now, trouble
        case.events.append(ParcelInTrouble(**case.names, trouble=trouble))
