"""What campaigns have of goods whose product has too few. docs/algorithms/campaigns.md, "Stock set aside"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from chalicelib.core import clock
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.boards.service import open_postings
from chalicelib.growth.campaigns.base.limits import service as limits
from chalicelib.growth.campaigns.base.models import EVERYWHERE, Board, Tally
from chalicelib.growth.campaigns.base.plays.service import plays
from chalicelib.growth.campaigns.base.schemas import Posting
from chalicelib.growth.campaigns.base.service import is_open_to
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import StockKey
from chalicelib.mall.inventory.shelves.service import Shelf


@dataclass(frozen=True)
class _Offer:
    """A campaign that sells a SKU from its own stock."""

    product: StockKey
    campaign_id: str
    unit_amount: int
    room: int | None
    """Pieces that the member may still have; None: no limit."""

    @property
    def stock(self) -> StockKey:
        return StockKey(self.campaign_id, self.product.sku_id)


def shelves(wanted: Mapping[StockKey, int], member_id: str | None) -> dict[StockKey, Shelf]:
    """One read, and one more where a campaign has pieces of its own."""
    who = [member_id] if member_id is not None else []
    places = dict.fromkeys([EVERYWHERE, *(key.owner for key in wanted)])
    found = batch_get({Board: list(places), Member: who, Tally: who})
    member, tally = found[Member].get(member_id or ""), found[Tally].get(member_id or "")
    running = open_postings(found[Board].values(), clock.now())
    offers = [offer for key, amount in wanted.items() for offer in _offers(running, key, amount, member, tally)]
    stocks = inventory.stocks([each.stock for each in offers]) if offers else {}
    result: dict[StockKey, Shelf] = {}
    for each in sorted(offers, key=lambda offer: -offer.unit_amount):  # the cheapest is written last
        stock = stocks.get(each.stock)
        pieces = stock.available if stock is not None else 0
        if each.room is not None:
            pieces = min(pieces, each.room)
        if pieces > 0:
            result[each.product] = Shelf(pieces, each.unit_amount)
    return result


def side_stocks(wanted: Collection[StockKey]) -> dict[StockKey, int]:
    """What running campaigns that are for everybody sell of these, whether or not one has to ask for it.

    Two reads, one where nothing runs. For lists made in the background.
    """
    places = dict.fromkeys([EVERYWHERE, *(key.owner for key in wanted)])
    running = open_postings(batch_get({Board: list(places)}, consistent=True)[Board].values(), clock.now())
    sources = {source: key for key in wanted for source in _sources(running.get(key.owner, []), key)}
    found: Counter[StockKey] = Counter()
    for source, stock in (inventory.stocks(sources, consistent=True) if sources else {}).items():
        found[sources[source]] += stock.available
    return dict(found)


def _sources(running: list[tuple[str, Posting]], key: StockKey) -> Iterator[StockKey]:
    """The stocks from which campaigns sell the SKU. One for few is not what everybody's list tells of."""
    now = clock.now()
    for campaign_id, posting in running:
        item, play = posting.items.get(key.sku_id), plays.get(posting.play)
        if item is None or not item.own_stock or item.sold_out or play is None or posting.segment_id or play.one_order:
            continue
        for owner in play.sells_from(campaign_id, posting, key.sku_id, now):
            yield StockKey(owner, key.sku_id)


def _offers(
    running: Mapping[str, list[tuple[str, Posting]]],
    key: StockKey,
    list_amount: int,
    member: Member | None,
    tally: Tally | None,
) -> Iterator[_Offer]:
    now = clock.now()
    for campaign_id, posting in running.get(key.owner, []):
        item, play = posting.items.get(key.sku_id), plays.get(posting.play)
        if item is None or not item.own_stock or item.sold_out or play is None:
            continue
        price = play.price_unasked(posting.settings, item, list_amount)
        # Nobody knows yet whether who has not logged in is one of the few that it is for.
        closed = (posting.segment_id or play.one_order) if member is None else not is_open_to(posting, member, now)
        if price is None or closed or limits.had_one_order(tally, posting.play, now):
            continue
        yield _Offer(key, campaign_id, price, limits.room(tally, campaign_id, posting, key.sku_id))
