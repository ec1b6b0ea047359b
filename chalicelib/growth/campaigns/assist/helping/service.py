"""Assists begin, and friends help. Algorithm: docs/algorithms/bargain.md, "Assist"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.errors import TooBusy
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.assist.errors import (
    AlreadyHelped,
    AssistComplete,
    AssistMoved,
    AssistOver,
    AssistSoldOut,
    DeviceUsedUp,
    HelpsUsedUp,
    NotAssistable,
    OnlyNewcomers,
    OwnAssist,
    OwnDevice,
    SlotTaken,
)
from chalicelib.growth.campaigns.assist.events import AssistHelped, AssistStarted, AssistUnlocked, CloseAssist
from chalicelib.growth.campaigns.assist.helping.schemas import HelpAssist, HelpMade, StartAssist
from chalicelib.growth.campaigns.assist.models import (
    ID_PREFIX,
    Assist,
    AssistHelp,
    AssistSlot,
    AssistStatus,
    Helper,
    Standing,
    device_digest,
    helper_number,
)
from chalicelib.growth.campaigns.assist.schemas import AssistSettings, Helpers
from chalicelib.growth.campaigns.assist.service import NAME, assist_of, named
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.boards.service import open_on
from chalicelib.growth.campaigns.base.friends import service as friends
from chalicelib.growth.campaigns.base.limits import service as limits
from chalicelib.growth.campaigns.base.models import EVERYWHERE, Board, Tally
from chalicelib.growth.campaigns.base.schemas import Posting
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.errors import OutOfStock
from chalicelib.mall.inventory.models import Stock
from chalicelib.mall.storefront.indexing import service as listing

TRIES = 5
Found = Mapping[Any, Mapping[Any, Any]]


def start(member_id: str, asked: StartAssist) -> str:
    """An assist for the item; the one that the member has in the campaign, if it runs. Its id.

    :raises NotAssistable: with the reason. :raises Unauthorized: the account is closed.
    """
    wanted: dict[Any, Any] = {
        AssistSlot: [(member_id, asked.campaign_id)],
        Board: [EVERYWHERE, asked.product_id],
        Member: [member_id],
        Product: [asked.product_id],
        Stock: [(asked.campaign_id, asked.sku_id)],
        Tally: [member_id],
    }
    found = batch_get(wanted, consistent=True)
    member = Member.require_active(found[Member].get(member_id))
    posting = open_on(found[Board].values(), asked.product_id, asked.campaign_id, clock.now())
    if posting is None or posting.play != NAME or asked.sku_id not in posting.items:
        raise NotAssistable(reason="not_running")
    slot: AssistSlot | None = found[AssistSlot].get((member_id, asked.campaign_id))
    if slot is not None and (running := _still_running(slot)):
        return running
    _require_startable(asked, member, posting, found)
    assist = _begun(member_id, asked, posting, found[Product][asked.product_id])
    try:
        _put(assist, slot)
    except SlotTaken:
        taken = AssistSlot.find(member_id, asked.campaign_id, consistent=True)
        if taken is None:
            raise TooBusy() from None
        return taken.assist_id
    return assist.id


def _still_running(slot: AssistSlot) -> str | None:
    """The member's assist of the campaign; None: its time is over. :raises NotAssistable: they had theirs."""
    assist = assist_of(slot.assist_id, consistent=True)
    standing = assist.standing(clock.now(), runs=True)
    if standing is Standing.ORDERED:
        raise NotAssistable(reason="had_already")
    return assist.id if standing is not Standing.OVER else None


def _require_startable(asked: StartAssist, member: Member, posting: Posting, found: Found) -> None:
    product: Product | None = found[Product].get(asked.product_id)
    stock: Stock | None = found[Stock].get((asked.campaign_id, asked.sku_id))
    room = limits.room(found[Tally].get(member.id), asked.campaign_id, posting, asked.sku_id)
    if not campaigns.is_for(posting.segment_id, member):
        raise NotAssistable(reason="not_for_me")
    if product is None or product.sku(asked.sku_id) is None or not product.is_on_sale(clock.now()):
        raise NotAssistable(reason="not_on_sale")
    if stock is None or stock.available < 1:
        raise NotAssistable(reason="sold_out")
    if room is not None and room < 1:
        raise NotAssistable(reason="limit_reached")


def _begun(member_id: str, asked: StartAssist, posting: Posting, product: Product) -> Assist:
    now, item, sku = clock.now(), posting.items[asked.sku_id], product.sku(asked.sku_id)
    return Assist(
        id=ids.new(ID_PREFIX),
        member_id=member_id,
        campaign_id=asked.campaign_id,
        product_id=asked.product_id,
        sku_id=asked.sku_id,
        unit_amount=item.unit_amount or 0,
        list_amount=sku.price_amount if sku is not None else 0,
        helps_total=item.terms["helps"],
        device=device_digest(asked.campaign_id, asked.device),
        started_at=now,
        ends_at=min(now + timedelta(hours=posting.settings["hours"]), posting.ends_at),
    )


def _put(assist: Assist, before: AssistSlot | None) -> None:
    """:raises SlotTaken: another one began meanwhile."""
    same = AssistSlot.assist_id == before.assist_id if before is not None else AssistSlot.place.does_not_exist()
    slot = AssistSlot(member_id=assist.member_id, place=assist.campaign_id, assist_id=assist.id)
    with Transaction() as tx:
        tx.put(slot, only_if=same, otherwise=SlotTaken())
        tx.put(assist)
        members.require_active(tx, assist.member_id)
        tx.emit(AssistStarted(**named(assist)))


def help_with(helper_id: str, assist_id: str, asked: HelpAssist) -> HelpMade:
    """A friend helps. Two reads, one transaction; again when somebody else was quicker.

    :raises AssistNotFound, OwnAssist, OwnDevice, AlreadyHelped, AssistOver, AssistComplete, AssistSoldOut,
        OnlyNewcomers, HelpsUsedUp, DeviceUsedUp: nothing was written. :raises Unauthorized: the account is closed.
    """
    for _ in range(TRIES):
        assist = assist_of(assist_id, consistent=True)
        device = device_digest(assist.campaign_id, asked.device)
        posting = _helpable(assist, helper_id, device)
        try:
            _make(assist, helper_id, device, posting)
        except AssistMoved:
            continue
        except OutOfStock:
            raise AssistSoldOut() from None
        return HelpMade(
            help_count=assist.help_count + 1, helps_total=assist.helps_total, unlocked=assist.helps_left == 1
        )
    raise TooBusy()


def _helpable(assist: Assist, helper_id: str, device: str) -> Posting:
    """The campaign as posted, if they may help now."""
    if helper_id == assist.member_id:
        raise OwnAssist()
    if device == assist.device:
        raise OwnDevice()
    wanted: dict[Any, Any] = {
        AssistHelp: [(helper_id, assist.id)],
        Board: [EVERYWHERE, assist.product_id],
        Member: [helper_id],
        Stock: [(assist.campaign_id, assist.sku_id)],
    }
    found = batch_get(wanted, consistent=True)
    helper = Member.require_active(found[Member].get(helper_id))
    if found[AssistHelp]:
        raise AlreadyHelped()
    now = clock.now()
    posting = open_on(found[Board].values(), assist.product_id, assist.campaign_id, now)
    standing = assist.standing(now, runs=posting is not None)
    if standing in (Standing.UNLOCKED, Standing.ORDERED):
        raise AssistComplete()
    if standing is Standing.OVER or posting is None:
        raise AssistOver()
    _require_fitting(assist, helper, AssistSettings.model_validate(posting.settings))
    stock: Stock | None = found[Stock].get((assist.campaign_id, assist.sku_id))
    if stock is None or stock.available < 1:
        raise AssistSoldOut()
    return posting


def _require_fitting(assist: Assist, helper: Member, rules: AssistSettings) -> None:
    new = helper.registered_at >= assist.started_at
    invited = helper.source is not None and helper.source.inviter_id == assist.member_id
    fits = {Helpers.ANYBODY: True, Helpers.NEW: new, Helpers.INVITED: new and invited}
    if not fits[rules.helpers]:
        raise OnlyNewcomers(helpers=rules.helpers)


def _make(assist: Assist, helper_id: str, device: str, posting: Posting) -> None:
    """:raises AssistMoved: it is no longer the assist as read. :raises OutOfStock: the last piece is gone."""
    now, campaign_id = clock.now(), assist.campaign_id
    rules, number = AssistSettings.model_validate(posting.settings), assist.help_count + 1
    open_still = (Assist.help_count == assist.help_count) & (Assist.status == AssistStatus.OPEN)
    with Transaction() as tx:
        # First what speaks of the helper: a second tap must not be told that the assist moved.
        done = AssistHelp(member_id=helper_id, assist_id=assist.id, at=now)
        tx.put(done, only_if=AssistHelp.assist_id.does_not_exist(), otherwise=AlreadyHelped())
        by_member, by_device = HelpsUsedUp(limit=rules.helps_max), DeviceUsedUp(limit=rules.device_max)
        friends.count(tx, f"{helper_id}#{campaign_id}", rules.helps_max, posting.ends_at, by_member)
        friends.count(tx, f"{device}#{campaign_id}", rules.device_max, posting.ends_at, by_device)
        until = min(now + timedelta(hours=rules.claim_hours), posting.ends_at)
        last = [Assist.status.set(AssistStatus.UNLOCKED), Assist.ends_at.set(until)] if assist.helps_left == 1 else []
        tx.update(
            Assist(id=assist.id),
            [Assist.help_count.add(1), *last],
            only_if=open_still & (Assist.ends_at > now),
            otherwise=AssistMoved(),
        )
        if last:
            _keep(tx, assist, until)
        row = Helper(assist_id=assist.id, number=helper_number(number), member_id=helper_id, at=now)
        tx.put(row, only_if=Helper.number.does_not_exist(), otherwise=AssistMoved())
        members.require_active(tx, helper_id)
        tx.emit(AssistHelped(**named(assist), helper_id=helper_id, number=number))


def _keep(tx: Transaction, assist: Assist, until: datetime) -> None:
    """A piece is the starter's until the deadline. :raises OutOfStock: (at commit) the last one is gone."""
    inventory.set_aside(tx, (assist.campaign_id, assist.sku_id), assist.own_stock, 1, ref=assist.id)
    listing.mark(tx, [assist.product_id])
    tx.emit(AssistUnlocked(**named(assist)))
    tx.emit(CloseAssist(**named(assist)), at=until)
