"""A buyer wants their principal back."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.ledgers import AccountMoved
from chalicelib.core.once import KeyReused
from chalicelib.loyalty.wallet.errors import ReturnChanged
from chalicelib.loyalty.wallet.returns import service
from chalicelib.loyalty.wallet.returns.schemas import ReturnOffer, ReturnPrincipal, ReturnView
from chalicelib.mall.identity.service import Buyer

api = Api("wallet_return", title="储值 Wallet")


@api.get("/me/wallet/return")
def show_return(buyer: Buyer) -> ReturnOffer:
    """Show what would go back to where I paid it from, and what would end with it."""
    return service.offer(buyer.member_id)


@api.post("/me/wallet/return", raises=[ReturnChanged, AccountMoved, KeyReused])
def return_principal(buyer: Buyer, body: ReturnPrincipal, key: IdempotencyKey) -> ReturnView:
    """Have my principal back. Gift money ends, and points and coupons that came with it are taken back.

    Send what `GET /me/wallet/return` showed: if it changed meanwhile, nothing is done.
    """
    return service.give_back(buyer.member_id, body, key)
