"""What a buyer may ask about points."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.ledgers import AccountMoved, BalanceTooLow
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page
from chalicelib.loyalty.coupons.errors import BookFull, TemplateNotFound, TemplateOver
from chalicelib.loyalty.points import errors
from chalicelib.loyalty.points.exchange import service as exchange
from chalicelib.loyalty.points.exchange.schemas import ExchangeView, MallItems
from chalicelib.loyalty.points.statements import service
from chalicelib.loyalty.points.statements.schemas import BalanceView, EntryView, ListEntries
from chalicelib.mall.identity.service import Buyer

api = Api("points", title="积分 Points")


@api.get("/me/points")
def my_points(buyer: Buyer) -> BalanceView:
    """Show my points: usable, frozen, and what ends next."""
    return service.balance(buyer.member_id)


@api.get("/me/points/entries")
def my_entries(buyer: Buyer, query: ListEntries) -> Page[EntryView]:
    """Show my statement, newest first; it adds up to the balance."""
    return service.entries(buyer.member_id, query.limit, query.cursor)


@api.get("/points-mall/items")
def mall_items(buyer: Buyer) -> MallItems:
    """List what points can be exchanged for. Goods are ordered through checkout with `options.points_item`."""
    return MallItems(items=exchange.offered(buyer.member_id))


@api.post(
    "/points-mall/items/{item_id}/exchange",
    status=201,
    raises=[
        *(errors.ItemNotFound, errors.ItemSoldOut, errors.ItemLimitReached, errors.NotExchangeable),
        *(BalanceTooLow, BookFull, TemplateNotFound, TemplateOver, AccountMoved, KeyReused),
    ],
)
def exchange_points(buyer: Buyer, item_id: str, key: IdempotencyKey) -> ExchangeView:
    """Exchange points for a coupon. The same `Idempotency-Key` answers with the same coupon."""
    return ExchangeView(coupon_id=exchange.exchange(buyer.member_id, item_id, key))
