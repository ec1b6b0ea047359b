"""A deposit begins, is paid, or is not. Algorithm: docs/algorithms/presale.md, "The deposit"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core import clock
from chalicelib.core.ledgers import AccountMoved
from chalicelib.core.once import Once
from chalicelib.core.states import move
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.boards.service import open_on
from chalicelib.growth.campaigns.base.limits import service as limits
from chalicelib.growth.campaigns.base.models import EVERYWHERE, Board, Phase
from chalicelib.growth.campaigns.base.schemas import Posting
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.presale.deposits.schemas import DepositPromise, PayDeposit
from chalicelib.growth.campaigns.presale.errors import NotDepositable
from chalicelib.growth.campaigns.presale.events import DepositPaid, DepositRefused, LapseDeposit, RemindBalance
from chalicelib.growth.campaigns.presale.models import KIND, STEPS, Deposit, DepositStatus
from chalicelib.growth.campaigns.presale.schemas import DepositTerms, PresaleSettings
from chalicelib.growth.campaigns.presale.service import NAME, deposit_of, require_live
from chalicelib.growth.campaigns.presale.settling import service as settling
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.errors import OutOfStock
from chalicelib.mall.inventory.models import Stock
from chalicelib.mall.storefront.indexing import service as listing
from chalicelib.trade.payments.purchases import service as purchases
from chalicelib.trade.payments.purchases.models import DirectPurchase
from chalicelib.trade.payments.purchases.schemas import PurchaseView

Found = Mapping[Any, Mapping[Any, Any]]


def start(member_id: str, openid: str, asked: PayDeposit, key: str) -> PurchaseView:
    """Begin to pay a deposit, or go on with it: once for each *key*. From now on its pieces are held.

    :raises NotDepositable: with the reason. :raises Unauthorized: the account is closed.
    :raises PartnerError: the channel did not answer; the same key goes on with the same deposit.
    """
    once = Once(member_id, "pay_deposit", key, asked)
    try:
        return purchases.start(member_id, once, lambda: _new(member_id, openid, asked))
    except OutOfStock:
        raise NotDepositable(reason="sold_out") from None


def sync(member_id: str, deposit_id: str) -> None:
    """Ask the channel about it. :raises PurchaseNotFound: it is no deposit of the member's. :raises PartnerError:"""
    purchases.sync(purchases.own(member_id, KIND, deposit_id))


class DepositPurchases:
    """A ``PurchaseKind``: holds pieces from its beginning, and promises the price when it is paid."""

    title = "预售定金"

    def begun(self, tx: Transaction, purchase: DirectPurchase) -> None:
        promise = DepositPromise.model_validate(purchase.terms)
        deposit = Deposit(
            member_id=purchase.member_id, id=purchase.id, made_at=purchase.created_at, **promise.model_dump()
        )
        posting = _posting(batch_get(_boards(promise), consistent=True), promise, clock.now())
        if limits.has_limits(posting):
            skus = {deposit.sku_id: deposit.quantity}
            if not limits.take(tx, deposit.member_id, deposit.campaign_id, posting, skus):
                raise NotDepositable(reason="limit_reached")
            deposit.counted = True
        own = (deposit.campaign_id, deposit.sku_id)
        inventory.set_aside(tx, own, deposit.held_key, deposit.quantity, ref=deposit.id)
        listing.mark(tx, [deposit.product_id])
        tx.put(deposit, only_if=Deposit.id.does_not_exist(), otherwise=AccountMoved())

    def paid(self, tx: Transaction, purchase: DirectPurchase) -> None:
        """Paid when it can not be had any more (closed here, or the campaign over): the money goes back."""
        now, deposit = clock.now(), deposit_of(purchase.member_id, purchase.id, consistent=True)
        live = campaign_of(deposit.campaign_id, consistent=True).phase is Phase.LIVE and now < deposit.balance_until
        item, named = Deposit(member_id=deposit.member_id, id=deposit.id), settling.named(deposit)
        as_read = Deposit.status == deposit.status
        if deposit.status is not DepositStatus.PENDING or not live:
            to = DepositStatus.REFUNDED
            move(tx, item, Deposit.status, STEPS, to, also=as_read, otherwise=AccountMoved())
            tx.emit(DepositRefused(**named))
            return
        require_live(tx, deposit.campaign_id)
        to, when = DepositStatus.PAID, Deposit.paid_at.set(now)
        move(tx, item, Deposit.status, STEPS, to, when, also=as_read, otherwise=AccountMoved())
        tx.emit(DepositPaid(**named))
        tx.emit(RemindBalance(**named, last=False), at=max(deposit.balance_from, now))
        if deposit.remind_at > deposit.balance_from:
            tx.emit(RemindBalance(**named, last=True), at=max(deposit.remind_at, now))
        tx.emit(LapseDeposit(**named), at=deposit.balance_until)

    def lapsed(self, tx: Transaction, purchase: DirectPurchase) -> None:
        deposit = deposit_of(purchase.member_id, purchase.id, consistent=True)
        item = Deposit(member_id=deposit.member_id, id=deposit.id)
        as_read = Deposit.status == DepositStatus.PENDING
        move(tx, item, Deposit.status, STEPS, DepositStatus.CLOSED, also=as_read, otherwise=AccountMoved())
        settling.free(tx, deposit)


def _new(member_id: str, openid: str, asked: PayDeposit) -> DirectPurchase:
    wanted: dict[Any, Any] = {
        **_boards(asked),
        Member: [member_id],
        Product: [asked.product_id],
        Stock: [(asked.campaign_id, asked.sku_id)],
    }
    found, now = batch_get(wanted, consistent=True), clock.now()
    posting = _posting(found, asked, now)
    _require_for_sale(found, posting, member_id, asked, now)
    rules, item = PresaleSettings.model_validate(posting.settings), posting.items[asked.sku_id]
    terms = DepositTerms.model_validate(item.terms)
    assert rules.balance_from is not None  # the play's check
    assert terms.deposit_amount is not None
    promise = DepositPromise(
        **asked.model_dump(),
        unit_amount=item.unit_amount or 0,
        unit_deposit=terms.deposit_amount,
        unit_counts=terms.counts_amount or terms.deposit_amount,
        balance_from=rules.balance_from,
        balance_until=posting.ends_at,
        remind_at=posting.ends_at - timedelta(hours=rules.remind_hours),
        ship_by=rules.ship_by,
        unpaid=rules.unpaid,
    )
    name = "".join(each for each in found[Product][asked.product_id].name if each.isprintable())
    return purchases.new(
        KIND,
        member_id,
        openid,
        amount=terms.deposit_amount * asked.quantity,
        description=f"定金 {name[:100]}",
        terms=promise.model_dump(mode="json"),
    )


def _boards(asked: PayDeposit | DepositPromise) -> dict[Any, Any]:
    return {Board: [EVERYWHERE, asked.product_id]}


def _posting(found: Found, asked: PayDeposit | DepositPromise, now: datetime) -> Posting:
    """The presale as posted, while it takes deposits. :raises NotDepositable:"""
    posting = open_on(found[Board].values(), asked.product_id, asked.campaign_id, now)
    if posting is None or posting.play != NAME or asked.sku_id not in posting.items:
        raise NotDepositable(reason="not_running")
    until = PresaleSettings.model_validate(posting.settings).deposit_until
    if until is None:
        raise NotDepositable(reason="not_running")
    if now >= until:
        raise NotDepositable(reason="deposits_over")
    return posting


def _require_for_sale(found: Found, posting: Posting, member_id: str, asked: PayDeposit, now: datetime) -> None:
    member = Member.require_active(found[Member].get(member_id))
    product: Product | None = found[Product].get(asked.product_id)
    stock: Stock | None = found[Stock].get((asked.campaign_id, asked.sku_id))
    if not campaigns.is_for(posting.segment_id, member):
        raise NotDepositable(reason="not_for_me")
    if product is None or product.sku(asked.sku_id) is None or not product.is_on_sale(now):
        raise NotDepositable(reason="not_on_sale")
    if stock is None or stock.available < asked.quantity:
        raise NotDepositable(reason="sold_out")
