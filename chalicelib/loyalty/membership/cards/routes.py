"""A buyer buys a card, and looks at theirs."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.core.once import KeyReused
from chalicelib.loyalty.membership.cards import service
from chalicelib.loyalty.membership.cards.plans import service as plans
from chalicelib.loyalty.membership.cards.plans.schemas import CardOffers
from chalicelib.loyalty.membership.cards.schemas import BuyCard, Cards
from chalicelib.loyalty.membership.errors import CardPlanNotFound, CardTooLong
from chalicelib.mall.identity.service import Buyer
from chalicelib.trade.payments.purchases.errors import PurchaseNotFound
from chalicelib.trade.payments.purchases.schemas import PurchaseView

api = Api("cards", title="付费会员卡 Cards")


@api.get("/card-plans")
def list_card_offers() -> CardOffers:
    """List the membership cards that are sold; what their levels are good for stands in `GET /levels`."""
    return CardOffers(items=plans.offers())


@api.get("/me/cards")
def my_cards(buyer: Buyer) -> Cards:
    """Show my cards, newest first, with the times for which they hold."""
    return service.cards_of(buyer.member_id)


@api.post("/me/cards", status=201, raises=[CardPlanNotFound, CardTooLong, KeyReused, PartnerUnavailable])
def buy_card(buyer: Buyer, body: BuyCard, key: IdempotencyKey) -> PurchaseView:
    """Begin to buy a card, or to renew: hand `parameters` to `wx.requestPayment`.

    One of the same level begins when what I have ends. With `partner_unavailable` call again with the same
    `Idempotency-Key`.
    """
    return service.buy(buyer.member_id, buyer.openid, body, key)


@api.post("/me/cards/{card_id}/sync", raises=[PurchaseNotFound, PartnerUnavailable])
def sync_card(buyer: Buyer, card_id: str) -> PurchaseView:
    """Ask the channel now whether my card is paid. Call it when `wx.requestPayment` returns, whatever it says."""
    return service.sync(buyer.member_id, card_id)
