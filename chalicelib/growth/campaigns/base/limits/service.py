"""Tallies: one small item a member, read with the basket, written with the order, corrected when it is canceled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.errors import TallyMoved
from chalicelib.growth.campaigns.base.models import GROUP, CampaignOrder, Tally
from chalicelib.growth.campaigns.base.plays.service import plays
from chalicelib.growth.campaigns.base.schemas import Posting, TallyEntry
from chalicelib.trade.orders.models import Order
from chalicelib.trade.pricing.schemas import PricedLine

UNPAID = timedelta(days=2)
"""An order is unpaid for a day at most (setting ``unpaid_close_minutes``)."""


def empty(member_id: str) -> Tally:
    """Of a member who has had nothing yet."""
    return Tally(member_id=member_id, entries={}, version=0)


def room(
    tally: Tally | None, campaign_id: str, posting: Posting, sku_id: str, promised: Mapping[str, int] | None = None
) -> int | None:
    """How many more pieces of the SKU the member may have, beside those *promised*; None: no limit."""
    had = tally.entries.get(campaign_id) if tally is not None else None
    skus = _sum(had.skus if had else {}, promised or {}, 1)
    item = posting.items.get(sku_id)
    limits = [
        (posting.per_member_max, sum(skus.values())),
        (item.per_member_max if item else None, skus.get(sku_id, 0)),
    ]
    return min((max(limit - taken, 0) for limit, taken in limits if limit is not None), default=None)


def had_one_order(tally: Tally | None, play: str, at: datetime) -> bool:
    """Whether the member has had the one order that the play gives."""
    entries = tally.entries.values() if tally is not None and _gives_one_order(play) else ()
    return any(each.play == play and each.skus and at < each.until for each in entries)


def _gives_one_order(play: str) -> bool:
    known = plays.get(play)
    return known is not None and known.one_order


def has_limits(posting: Posting) -> bool:
    """Whether anything of it is limited for a member."""
    if _gives_one_order(posting.play):
        return True
    return posting.per_member_max is not None or any(each.per_member_max for each in posting.items.values())


def entry(posting: Posting, skus: dict[str, int]) -> TallyEntry:
    """What an order that takes *skus* adds to the tally."""
    if _gives_one_order(posting.play):
        # Placed in the last moment, it is paid or closed by then; what was paid, others know for longer.
        return TallyEntry(until=posting.ends_at + UNPAID, play=posting.play, skus=skus)
    return TallyEntry(until=posting.ends_at, skus=skus)


def count(tx: Transaction, tally: Tally, taken: Mapping[str, TallyEntry]) -> None:
    """Add what an order takes, by campaign. Campaigns that are over are forgotten.

    :raises TallyMoved: (at commit) another order of the member was quicker.
    """
    now = clock.now()
    entries = {key: each for key, each in tally.entries.items() if each.until > now}
    for campaign_id, more in taken.items():
        had = entries.get(campaign_id)
        entries[campaign_id] = more.model_copy(update={"skus": _sum(had.skus if had else {}, more.skus, 1)})
    _write(tx, tally, entries)


def take(tx: Transaction, member_id: str, campaign_id: str, posting: Posting, skus: Mapping[str, int]) -> bool:
    """Count pieces before there is an order: its price offer is then ``counted``. One read.

    :returns: False: the member may not have so many. :raises TallyMoved: (at commit) read again.
    """
    tally = Tally.find(member_id, consistent=True) or empty(member_id)
    for sku_id, pieces in skus.items():
        left = room(tally, campaign_id, posting, sku_id, {other: n for other, n in skus.items() if other != sku_id})
        if left is not None and pieces > left:
            return False
    count(tx, tally, {campaign_id: entry(posting, dict(skus))})
    return True


def put_back(tx: Transaction, member_id: str, campaign_id: str, skus: Mapping[str, int]) -> None:
    """What :func:`take` counted no longer counts. One read. :raises TallyMoved: (at commit) read again."""
    tally = Tally.find(member_id, consistent=True)
    had = tally.entries.get(campaign_id) if tally is not None else None
    if tally is not None and had is not None:
        _write(tx, tally, {**tally.entries, campaign_id: had.model_copy(update={"skus": _sum(had.skus, skus, -1)})})


def give_back(tx: Transaction, order: Order, *, one_order: bool = False) -> None:
    """What the order took no longer counts.

    :param one_order: only of plays that give one order.
    :raises TallyMoved: (at commit) comes again.
    """
    keys = [(each, order.id) for each in dict.fromkeys(a.source_id for a in order.adjustments if a.group == GROUP)]
    if not keys:
        return
    found = batch_get({CampaignOrder: keys, Tally: [order.member_id]}, consistent=True)
    tally: Tally | None = found[Tally].get(order.member_id)
    counted = [each for each in found[CampaignOrder].values() if each.counted]
    entries = dict(tally.entries) if tally is not None else {}
    theirs = [each for each in counted if each.campaign_id in entries]
    if one_order:
        theirs = [each for each in theirs if entries[each.campaign_id].play]
    if tally is None or not theirs:
        return
    for each in theirs:
        had = entries[each.campaign_id]
        entries[each.campaign_id] = had.model_copy(update={"skus": _sum(had.skus, each.still_counted(order), -1)})
    _write(tx, tally, entries)


def came_back(tx: Transaction, order: Order, back: Iterable[tuple[PricedLine, int]]) -> None:
    """Pieces of the order's lines are back as good as new: they no longer count, whether they were counted with the
    order or before it; unless the play gives one order.

    :raises TallyMoved: (at commit) comes again.
    """
    keys = [(each, order.id) for each in dict.fromkeys(a.source_id for a in order.adjustments if a.group == GROUP)]
    found = batch_get({CampaignOrder: keys, Tally: [order.member_id]}, consistent=True) if keys else {}
    tally: Tally | None = found[Tally].get(order.member_id) if found else None
    if tally is None:
        return
    pieces: Counter[str] = Counter()
    for line, count in back:
        pieces[line.sku_id] += count
    entries = dict(tally.entries)
    for row in found[CampaignOrder].values():
        had = entries.get(row.campaign_id)
        if (row.counted or row.counted_before) and had is not None and not had.play:
            before = row.still_counted(order)
            row.returned = _sum(row.returned, pieces, 1)
            freed = _sum(before, row.still_counted(order), -1)
            entries[row.campaign_id] = had.model_copy(update={"skus": _sum(had.skus, freed, -1)})
            # The tally's version guards the row too.
            key = CampaignOrder(campaign_id=row.campaign_id, order_id=row.order_id)
            tx.update(key, [CampaignOrder.returned.set(row.returned)])
    if entries != tally.entries:
        _write(tx, tally, entries)


def merge(tx: Transaction, member_id: str, from_member_id: str) -> None:
    """What *from_member_id* has had, the one member that both became has had. Two reads in one.

    :raises TallyMoved: (at commit) an order of theirs was placed at this moment; the reaction comes again.
    """
    found = batch_get({Tally: [member_id, from_member_id]}, consistent=True)[Tally]
    theirs: Tally | None = found.get(from_member_id)
    if theirs is None:
        return
    mine = found.get(member_id) or empty(member_id)
    entries = dict(mine.entries)
    for campaign_id, more in theirs.entries.items():
        had = entries.get(campaign_id)
        entries[campaign_id] = more.model_copy(update={"skus": _sum(had.skus if had else {}, more.skus, 1)})
    _write(tx, mine, entries)
    gone = Tally(member_id=from_member_id)
    tx.delete(gone, only_if=Tally.version == theirs.version, otherwise=TallyMoved())


def _sum(skus: Mapping[str, int], more: Mapping[str, int], sign: int) -> dict[str, int]:
    total = {sku_id: skus.get(sku_id, 0) + sign * more.get(sku_id, 0) for sku_id in {*skus, *more}}
    return {sku_id: pieces for sku_id, pieces in sorted(total.items()) if pieces > 0}


def _write(tx: Transaction, tally: Tally, entries: dict[str, TallyEntry]) -> None:
    unmoved = Tally.version == tally.version if tally.version else Tally.version.does_not_exist()
    written = Tally(member_id=tally.member_id, entries=entries, version=tally.version + 1)
    tx.put(written, only_if=unmoved, otherwise=TallyMoved())


def export(member_id: str) -> list[dict[str, object]]:
    """What the member has had of campaigns with limits, for the copy of their personal data."""
    tally = Tally.find(member_id)
    entries = tally.entries if tally is not None else {}
    return [{"campaign_id": key, "skus": each.skus, "until": each.until} for key, each in entries.items()]
