"""Deposits: pay one, look at it. Its goods are ordered by a preview and an order with the option `presale`."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.growth.campaigns.presale import errors
from chalicelib.growth.campaigns.presale.deposits.schemas import PayDeposit
from chalicelib.growth.campaigns.presale.shop import service
from chalicelib.growth.campaigns.presale.shop.schemas import DepositPage, DepositView
from chalicelib.mall.identity.service import Buyer

api = Api("presales", title="预售 Presales")


@api.post("/presale-deposits", status=201, raises=[errors.NotDepositable])
def pay_deposit(buyer: Buyer, body: PayDeposit, key: IdempotencyKey) -> DepositPage:
    """Begin to pay a deposit; its pieces are held for half an hour, and when it is paid until the balance is over."""
    return service.start(buyer.member_id, buyer.openid, body, key)


@api.get("/presale-deposits")
def list_deposits(buyer: Buyer, query: PageQuery) -> Page[DepositView]:
    """List my deposits, newest first."""
    return service.mine(buyer.member_id, query)


@api.get("/presale-deposits/{deposit_id}", raises=[errors.DepositNotFound])
def show_deposit(buyer: Buyer, deposit_id: str) -> DepositPage:
    """Show a deposit: amounts, times, what becomes of it."""
    return service.page(buyer.member_id, deposit_id)


@api.post("/presale-deposits/{deposit_id}/sync", raises=[errors.DepositNotFound])
def sync_deposit(buyer: Buyer, deposit_id: str) -> DepositPage:
    """Ask WeChat Pay whether it is paid: `wx.requestPayment` has returned."""
    return service.sync(buyer.member_id, deposit_id)
