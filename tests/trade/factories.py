"""A small shop and its buyers, as rows: what tests of trade begin with."""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product, ProductKind, ProductStatus, Sku, Spec, sku_id_of
from chalicelib.mall.identity.addresses.models import Address
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import Keeper, Stock, StockEntry
from chalicelib.trade.orders.models import Order
from tests.trade.payments.factories import staff_token

__all__ = ["Shopper", "available", "ledger", "orders_of", "product", "shopper", "staff_token"]


class Shopper:
    """A member with an address and a token."""

    def __init__(self, member: Member, address: Address) -> None:
        self.id, self.address_id, self._openid = member.id, address.id, member.openid

    @property
    def token(self) -> str:
        """A fresh token: they last a day."""
        return Buyer.token(self.id, self._openid)


def shopper(name: str = "one") -> Shopper:
    """A member who can order."""
    now = clock.now()
    address_id = ids.new("adr")
    member = Member(
        id=ids.derive("mem", name),
        openid=f"o-{name}",
        registered_at=now,
        address_count=1,
        default_address_id=address_id,
    )
    member.save()
    address = Address(
        member_id=member.id,
        id=address_id,
        name="王小明",
        phone="13800000000",
        province_code="310000",
        city_code="310100",
        district_code="310104",
        province="上海市",
        city="上海市",
        district="徐汇区",
        detail="漕溪北路 1 号",
        is_default=True,
        created_at=now,
        updated_at=now,
    )
    address.save()
    return Shopper(member, address)


def product(
    code: str = "quilt", *, price: int = 5000, stock: int = 10, values: tuple[str, ...] = ("白",), **more: Any
) -> Product:
    """A product on sale, each SKU with *stock* pieces."""
    now = clock.now()
    product_id = ids.derive("prd", code)
    item = Product(
        id=product_id,
        code=code,
        name=f"蚕丝被 {code}",
        category_id="cat_1",
        keywords=[],
        pictures=["https://media.test/quilt.png"],
        specs=[Spec(name="颜色", values=list(values))],
        skus=[Sku(id=sku_id_of(product_id, [value]), values=[value], price_amount=price) for value in values],
        status=ProductStatus.LISTED,
        version=1,
        created_at=now,
        updated_at=now,
        **more,
    )
    item.save()
    for key in item.stock_keys():
        with Transaction() as tx:
            inventory.declare(tx, key, stock, keeper=Keeper.CODES if item.kind is ProductKind.CODE else None)
    return item


def available(item: Product, index: int = 0) -> int:
    """Pieces left of a SKU."""
    stock = Stock.find(item.id, item.skus[index].id, consistent=True)
    assert stock is not None
    return stock.available


def ledger(item: Product, index: int = 0) -> list[StockEntry]:
    """The stock log of a SKU."""
    return list(StockEntry.query(item.stock_keys()[index].text, consistent_read=True))


def orders_of(member_id: str) -> list[Order]:
    """The member's orders as stored."""
    return list(Order.query(member_id, consistent_read=True))


def line(item: Product, quantity: int = 1, index: int = 0) -> dict[str, Any]:
    """A wanted line of a request."""
    return {"product_id": item.id, "sku_id": item.skus[index].id, "quantity": quantity}
