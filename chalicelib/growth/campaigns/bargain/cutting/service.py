"""Bargains begin and are cut. Algorithm and proof: docs/algorithms/bargain.md, "The cut"."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.errors import TooBusy
from chalicelib.core.money import apply_bps
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.bargain.cutting.schemas import CutMade, StartBargain
from chalicelib.growth.campaigns.bargain.errors import (
    AlreadyCut,
    BargainAtFloor,
    BargainMoved,
    BargainOrdered,
    BargainOver,
    BargainSoldOut,
    CutsUsedUp,
    NotBargainable,
    OwnBargain,
    SlotTaken,
)
from chalicelib.growth.campaigns.bargain.events import BargainCut, BargainFinished, BargainStarted
from chalicelib.growth.campaigns.bargain.models import (
    ID_PREFIX,
    Bargain,
    BargainHelp,
    BargainSlot,
    BargainStatus,
    Cut,
    Standing,
    cut_number,
    slot_place,
)
from chalicelib.growth.campaigns.bargain.service import NAME, bargain_of, left_of, stock_keys
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.boards.service import open_on
from chalicelib.growth.campaigns.base.friends import service as friends
from chalicelib.growth.campaigns.base.limits import service as limits
from chalicelib.growth.campaigns.base.models import EVERYWHERE, Board, Tally
from chalicelib.growth.campaigns.base.schemas import Posting
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.inventory.models import Stock

TRIES = 5
Found = Mapping[Any, Mapping[Any, Any]]


def draw(left_amount: int, cuts_left: int, factor_bps: int = 10_000) -> int:
    """How much this cut takes off. At least a fen, and a fen stays for each cut after it; the last takes all.

    :param left_amount: fen to be cut, at least *cuts_left*. :param factor_bps: 10,000 or more: a larger cut.
    """
    if not 0 < cuts_left <= left_amount:
        raise ValueError(f"{left_amount} fen can not be cut {cuts_left} times")
    if cuts_left == 1:
        return left_amount
    drawn = 1 + secrets.randbelow(2 * left_amount // cuts_left - 1)
    return min(apply_bps(drawn, factor_bps), left_amount - (cuts_left - 1))


def start(member_id: str, asked: StartBargain) -> str:
    """A bargain for the item; the one that runs there, if there is one. Its id. One read, one transaction.

    :raises NotBargainable: with the reason. :raises Unauthorized: the account is closed.
    """
    place = slot_place(asked.campaign_id, asked.sku_id)
    wanted: dict[Any, Any] = {
        Board: [EVERYWHERE, asked.product_id],
        BargainSlot: [(member_id, place)],
        Member: [member_id],
        Product: [asked.product_id],
        Stock: stock_keys(asked),
        Tally: [member_id],
    }
    found = batch_get(wanted, consistent=True)
    slot: BargainSlot | None = found[BargainSlot].get((member_id, place))
    if slot is not None and slot.open_until is not None and slot.open_until > clock.now():
        return slot.bargain_id
    member = Member.require_active(found[Member].get(member_id))
    posting = open_on(found[Board].values(), asked.product_id, asked.campaign_id, clock.now())
    if posting is None or posting.play != NAME or asked.sku_id not in posting.items:
        raise NotBargainable(reason="not_running")
    _require_startable(asked, member, posting, found)
    bargain = _begun(member_id, asked, posting, found[Product][asked.product_id])
    try:
        _put(bargain, place, posting)
    except SlotTaken:
        taken = BargainSlot.find(member_id, place, consistent=True)
        if taken is None:
            raise TooBusy() from None
        return taken.bargain_id
    return bargain.id


def _require_startable(asked: StartBargain, member: Member, posting: Posting, found: Found) -> None:
    item = posting.items[asked.sku_id]
    product: Product | None = found[Product].get(asked.product_id)
    sku = product.sku(asked.sku_id) if product is not None else None
    room = limits.room(found[Tally].get(member.id), asked.campaign_id, posting, asked.sku_id)
    if not campaigns.is_for(posting.segment_id, member):
        raise NotBargainable(reason="not_for_me")
    if product is None or sku is None or not product.is_on_sale(clock.now()):
        raise NotBargainable(reason="not_on_sale")
    if not left_of(asked, item.own_stock, found):
        raise NotBargainable(reason="sold_out")
    if room is not None and room < 1:
        raise NotBargainable(reason="limit_reached")
    # The catalog's price may have fallen since staff set the floor.
    if sku.price_amount - (item.unit_amount or 0) < item.terms["cuts"]:
        raise NotBargainable(reason="price_too_low")


def _begun(member_id: str, asked: StartBargain, posting: Posting, product: Product) -> Bargain:
    now, item, sku = clock.now(), posting.items[asked.sku_id], product.sku(asked.sku_id)
    assert sku is not None
    bargain = Bargain(
        id=ids.new(ID_PREFIX),
        member_id=member_id,
        campaign_id=asked.campaign_id,
        product_id=asked.product_id,
        sku_id=asked.sku_id,
        start_amount=sku.price_amount,
        floor_amount=item.unit_amount or 0,
        cuts_total=item.terms["cuts"],
        started_at=now,
        ends_at=min(now + timedelta(hours=posting.settings["hours"]), posting.ends_at),
    )
    if posting.settings["starter_cuts"]:
        bargain.cut_count, bargain.cut_amount = 1, draw(bargain.left_amount, bargain.cuts_left)
    return bargain


def _put(bargain: Bargain, place: str, posting: Posting) -> None:
    free = BargainSlot.place.does_not_exist() | (BargainSlot.open_until <= bargain.started_at)
    slot = BargainSlot(member_id=bargain.member_id, place=place, bargain_id=bargain.id, open_until=bargain.ends_at)
    with Transaction() as tx:
        tx.put(slot, only_if=free, otherwise=SlotTaken())
        tx.put(bargain)
        if bargain.cut_count:
            tx.put(_cut(bargain.id, 1, bargain.member_id, bargain.cut_amount))
        members.require_active(tx, bargain.member_id)
        tx.emit(BargainStarted(bargain_id=bargain.id, campaign_id=bargain.campaign_id, member_id=bargain.member_id))


def cut(helper_id: str, bargain_id: str) -> CutMade:
    """A friend takes something off. Two reads, one transaction; again when somebody else was quicker.

    :raises BargainNotFound, OwnBargain, AlreadyCut, BargainOver, BargainAtFloor, BargainSoldOut, BargainOrdered,
        CutsUsedUp: nothing was written. :raises Unauthorized: the helper's account is closed.
    """
    for _ in range(TRIES):
        bargain = bargain_of(bargain_id, consistent=True)
        posting, helper = _cuttable(bargain, helper_id)
        newcomer = helper.registered_at >= bargain.started_at
        factor_bps: int = posting.settings["newcomer_bps"] if newcomer else 10_000
        amount = draw(bargain.left_amount, bargain.cuts_left, factor_bps)
        try:
            _make(bargain, helper_id, amount, newcomer, posting.settings["cuts_a_day"])
        except BargainMoved:
            continue
        return CutMade(
            amount=amount,
            newcomer=factor_bps > 10_000,
            price_amount=bargain.price_amount - amount,
            cut_count=bargain.cut_count + 1,
            cuts_total=bargain.cuts_total,
        )
    raise TooBusy()


def _cuttable(bargain: Bargain, helper_id: str) -> tuple[Posting, Member]:
    """The campaign as posted and the helper, if they may cut now."""
    if helper_id == bargain.member_id:
        raise OwnBargain()
    wanted: dict[Any, Any] = {
        Board: [EVERYWHERE, bargain.product_id],
        BargainHelp: [(helper_id, bargain.id)],
        Member: [helper_id],
        Stock: stock_keys(bargain),
    }
    found = batch_get(wanted, consistent=True)
    helper = Member.require_active(found[Member].get(helper_id))
    if done := found[BargainHelp].get((helper_id, bargain.id)):
        raise AlreadyCut(amount=done.amount)
    now = clock.now()
    posting = open_on(found[Board].values(), bargain.product_id, bargain.campaign_id, now)
    standing = bargain.standing(now, runs=posting is not None)
    if standing is Standing.ORDERED:
        raise BargainOrdered()
    if standing is Standing.AT_FLOOR:
        raise BargainAtFloor()
    if standing is Standing.OVER or posting is None:
        raise BargainOver()
    if not left_of(bargain, posting.items[bargain.sku_id].own_stock, found):
        raise BargainSoldOut()
    return posting, helper


def _make(bargain: Bargain, helper_id: str, amount: int, newcomer: bool, cuts_a_day: int) -> None:
    """:raises BargainMoved: it is no longer the bargain as read."""
    now, today = clock.now(), clock.today()
    as_read = (Bargain.cut_count == bargain.cut_count) & (Bargain.cut_amount == bargain.cut_amount)
    named = {"bargain_id": bargain.id, "campaign_id": bargain.campaign_id, "member_id": bargain.member_id}
    number = bargain.cut_count + 1
    with Transaction() as tx:
        # First what speaks of the helper: a second tap must not be told that the bargain moved.
        done = BargainHelp(member_id=helper_id, bargain_id=bargain.id, amount=amount, at=now)
        tx.put(done, only_if=BargainHelp.bargain_id.does_not_exist(), otherwise=AlreadyCut())
        key = f"{helper_id}#{bargain.campaign_id}#{today}"
        friends.count(tx, key, cuts_a_day, clock.day_start(today + today.resolution), CutsUsedUp(limit=cuts_a_day))
        tx.update(
            Bargain(id=bargain.id),
            [Bargain.cut_count.add(1), Bargain.cut_amount.add(amount)],
            only_if=as_read & (Bargain.status == BargainStatus.OPEN) & (Bargain.ends_at > now),
            otherwise=BargainMoved(),
        )
        row = _cut(bargain.id, number, helper_id, amount, newcomer)
        tx.put(row, only_if=Cut.number.does_not_exist(), otherwise=BargainMoved())
        members.require_active(tx, helper_id)
        tx.emit(BargainCut(**named, helper_id=helper_id, number=number))
        if bargain.cuts_left == 1:
            tx.emit(BargainFinished(**named))


def _cut(bargain_id: str, number: int, member_id: str, amount: int, newcomer: bool = False) -> Cut:
    key = cut_number(number)
    return Cut(bargain_id=bargain_id, number=key, member_id=member_id, amount=amount, newcomer=newcomer, at=clock.now())
