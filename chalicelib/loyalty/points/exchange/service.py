"""The points mall: its items, and exchanging points for a coupon."""

from __future__ import annotations

from typing import Any

from chalicelib.core import ids
from chalicelib.core.ledgers import insistently
from chalicelib.core.once import Once
from chalicelib.core.schemas import Nothing
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service as coupons
from chalicelib.loyalty.points import service
from chalicelib.loyalty.points.errors import (
    ItemEdited,
    ItemLimitReached,
    ItemNotFound,
    ItemSoldOut,
    NotExchangeable,
)
from chalicelib.loyalty.points.exchange.schemas import EditItem, ItemFields, ItemView, MallItem
from chalicelib.loyalty.points.models import MALL, Exchanged, Item, ItemKind
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.identity.members import service as members

MAX_ITEMS = 200


def offered(member_id: str) -> list[MallItem]:
    """What can be exchanged now, with how many the member has had."""
    items = [each for each in Item.query(MALL, limit=MAX_ITEMS) if each.active]
    found = batch_get({Exchanged: [(member_id, each.id) for each in items]})[Exchanged]
    had = {each.item_id: each.quantity for each in found.values()}
    return [MallItem.of(each, had.get(each.id, 0)) for each in items]


def exchange(member_id: str, item_id: str, key: str) -> str:
    """Points for a coupon, once for each *key*; the coupon's id.

    :raises ItemNotFound, ItemSoldOut, ItemLimitReached, BalanceTooLow, BookFull: refused, nothing was written.
    :raises NotExchangeable: goods are ordered. :raises TemplateOver: the coupon would be good for nothing.
    """
    once = Once(member_id, f"exchange_points/{item_id}", key, Nothing())
    return insistently(lambda: once.carry_out(lambda: _exchange(member_id, item_id, once)))


def _exchange(member_id: str, item_id: str, once: Once) -> str:
    item = load(item_id)
    if item.kind is not ItemKind.COUPON or item.template_id is None:
        raise NotExchangeable()
    cause = ids.new("pex")
    coupon_id = coupons.granted_id(cause, item.template_id, member_id)
    with once.writing(coupon_id) as tx:
        members.require_active(tx, member_id)
        take(tx, item, member_id, 1)
        service.spend(tx, service.open_account(member_id), "exchanged", cause, item.points, note=item.title)
        coupons.grant(tx, item.template_id, member_id, cause=cause, asked=True)
    return coupon_id


def take(tx: Transaction, item: Item, member_id: str, quantity: int) -> None:
    """Use up stock and limit of *item*. :raises ItemSoldOut, ItemLimitReached: (at commit)"""
    tx.update(
        Item(shop=MALL, id=item.id),
        [Item.stock.add(-quantity)],
        only_if=(Item.stock >= quantity) & (Item.active == True),  # noqa: E712
        otherwise=ItemSoldOut(),
    )
    if quantity > item.per_member_limit:
        raise ItemLimitReached(limit=item.per_member_limit)
    tx.update(
        Exchanged(member_id=member_id, item_id=item.id),
        [Exchanged.quantity.add(quantity)],
        only_if=Exchanged.quantity.does_not_exist() | (Exchanged.quantity <= item.per_member_limit - quantity),
        otherwise=ItemLimitReached(limit=item.per_member_limit),
    )


def give_back(tx: Transaction, item_id: str, member_id: str, quantity: int) -> None:
    """The order that took them was canceled."""
    tx.update(Item(shop=MALL, id=item_id), [Item.stock.add(quantity)])
    tx.update(Exchanged(member_id=member_id, item_id=item_id), [Exchanged.quantity.add(-quantity)])


def load(item_id: str) -> Item:
    """:raises ItemNotFound: there is none, or it is not offered."""
    item = Item.find(MALL, item_id, consistent=True)
    if item is None or not item.active:
        raise ItemNotFound()
    return item


def items() -> list[ItemView]:
    """All items, for staff."""
    return [ItemView.of(each) for each in Item.query(MALL, limit=MAX_ITEMS)]


def create(fields: ItemFields) -> ItemView:
    """:raises TemplateNotFound, TemplateOver, ProductNotFound: what it names is not there."""
    item = Item(id=ids.new("pit"), **_checked(fields))
    with Transaction() as tx:
        tx.put(item)
    return ItemView.of(item)


def edit(item_id: str, asked: EditItem) -> ItemView:
    """Change an item whole. ``stock`` is what is left from now on.

    :raises ItemNotFound: :raises ItemEdited: edited meanwhile; an exchange in between counts as an edit of the stock.
    """
    old = Item.find(MALL, item_id, consistent=True)
    if old is None:
        raise ItemNotFound()
    item = Item(id=item_id, **_checked(asked))
    item.version = asked.version + 1
    as_read = (Item.version == asked.version) & (Item.stock == old.stock)
    with Transaction() as tx:
        tx.put(item, only_if=as_read, otherwise=ItemEdited(version=old.version))
    return ItemView.of(item)


def _checked(fields: ItemFields) -> dict[str, Any]:
    if fields.template_id is not None:
        coupons.require_good(fields.template_id)
    if fields.product_id is not None:
        sku = products.product(fields.product_id).sku(fields.sku_id or "")
        if sku is None:
            raise ProductNotFound()
    return {name: getattr(fields, name) for name in ItemFields.model_fields}
