"""The category tree, brands and a product as buyers see them."""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.schemas import Schema
from chalicelib.mall.catalog.products.models import ProductKind, VoucherTerms


class CategoryNode(Schema):
    """A category with what stands below it, in order."""

    id: str
    name: str
    summary: str | None
    icon: str | None
    children: list[CategoryNode]


class CategoryTree(Schema):
    """The visible categories."""

    items: list[CategoryNode]


class BrandCard(Schema):
    """A brand."""

    id: str
    name: str
    summary: str | None
    logo: str | None


class BrandList(Schema):
    """The visible brands, in order."""

    items: list[BrandCard]


class CategoryName(Schema):
    """A step of the path to a product."""

    id: str
    name: str


class SpecView(Schema):
    """A dimension of the matrix, with its values in the order to show."""

    name: str
    values: list[str]


class AttributeView(Schema):
    """A fact about the product."""

    name: str
    value: str


class SkuView(Schema):
    """What can be bought: one value of each spec."""

    id: str
    values: list[str]
    price_amount: int
    market_price_amount: int | None
    weight_grams: int | None
    picture: str | None
    available: int
    """Pieces that can be bought this moment."""


class ProductPage(Schema):
    """A product whole, with live prices and stock. Amounts are fen."""

    id: str
    name: str
    summary: str | None
    categories: list[CategoryName]
    """From the first level down."""
    brand: BrandCard | None
    unit: str
    pictures: list[str]
    video: str | None
    price_amount: int
    price_max_amount: int
    specs: list[SpecView]
    skus: list[SkuView]
    in_stock: bool
    min_quantity: int
    per_order_max: int | None
    per_member_max: int | None
    kind: ProductKind
    """Goods are sent or fetched; of a voucher each piece gives a code that is used in a store."""
    voucher: VoucherTerms | None
    """How it is used; of vouchers only."""
    unlist_at: datetime | None
    """On sale before this; null: no end is planned."""
    attributes: list[AttributeView]
    detail_pictures: list[str]
    description: str | None
    services: list[str]
    sold_quantity: int
