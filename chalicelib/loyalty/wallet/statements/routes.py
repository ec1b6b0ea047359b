"""What a buyer reads of stored value, and topping up."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page
from chalicelib.loyalty.wallet import errors
from chalicelib.loyalty.wallet.plans import service as plans
from chalicelib.loyalty.wallet.plans.schemas import Offers
from chalicelib.loyalty.wallet.statements import service
from chalicelib.loyalty.wallet.statements.schemas import EntryView, ListEntries, WalletView
from chalicelib.loyalty.wallet.top_ups import service as top_ups
from chalicelib.loyalty.wallet.top_ups.schemas import StartTopUp, TopUpView
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.payments.purchases.errors import PurchaseNotFound

api = Api("wallet", title="储值 Wallet")


@api.get("/me/wallet")
def my_wallet(buyer: Buyer) -> WalletView:
    """Show my stored value: what I paid, and what the shop added."""
    return service.balance(buyer.member_id)


@api.get("/me/wallet/entries")
def my_wallet_entries(buyer: Buyer, query: ListEntries) -> Page[EntryView]:
    """Show my statement, newest first; it adds up to the balance."""
    return service.entries(buyer.member_id, query.limit, query.cursor)


@api.get("/wallet/plans", raises=[errors.WalletOff])
def list_offers(buyer: Buyer) -> Offers:
    """List what can be topped up, and what comes with it."""
    return Offers(items=plans.offers())


@api.post(
    "/me/wallet/top-ups",
    status=201,
    raises=[
        *(errors.WalletOff, errors.PlanNotFound, errors.PlanLimitReached, errors.TopUpTooLarge),
        *(errors.DailyLimitReached, errors.BalanceLimitReached, KeyReused, PartnerUnavailable),
    ],
)
def start_top_up(buyer: Buyer, body: StartTopUp, key: IdempotencyKey) -> TopUpView:
    """Begin to top up: hand `parameters` to `wx.requestPayment`.

    With `partner_unavailable` call again with the same `Idempotency-Key`: it is the same top-up until it ends.
    """
    return top_ups.start(buyer.member_id, buyer.openid, body, key)


@api.get("/me/wallet/top-ups/{top_up_id}", raises=[PurchaseNotFound])
def my_top_up(buyer: Buyer, top_up_id: str) -> TopUpView:
    """Show my top-up."""
    return top_ups.show(buyer.member_id, top_up_id)


@api.post("/me/wallet/top-ups/{top_up_id}/sync", raises=[PurchaseNotFound, PartnerUnavailable])
def sync_top_up(buyer: Buyer, top_up_id: str) -> TopUpView:
    """Ask the channel now whether my top-up is paid, and show it.

    Call it when `wx.requestPayment` returns, whatever it says.
    """
    return top_ups.sync(buyer.member_id, top_up_id)
