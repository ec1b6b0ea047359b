"""Products as staff ask for them and see them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import model_validator

from chalicelib.core.schemas import Id, PageQuery, Schema
from chalicelib.mall.catalog.products.models import (
    Pair,
    Product,
    ProductDetail,
    ProductKind,
    ProductStatus,
    Sku,
    Spec,
    VoucherTerms,
)
from chalicelib.mall.catalog.schemas import Code


class FindProducts(PageQuery):
    """``GET /admin/products``: of a status (default: listed), a category or a brand, or the one with a code."""

    status: ProductStatus | None = None
    category_id: Id | None = None
    brand_id: Id | None = None
    code: Code | None = None

    @model_validator(mode="after")
    def _one_question(self) -> FindProducts:
        if sum(each is not None for each in (self.category_id, self.brand_id, self.code)) > 1:
            raise ValueError("ask by one of category_id, brand_id, code")
        if (self.category_id, self.brand_id, self.code, self.status) == (None, None, None, None):
            self.status = ProductStatus.LISTED
        return self


class SkuView(Schema):
    """A SKU as staff see it, with its stock."""

    id: str
    values: list[str]
    price_amount: int
    market_price_amount: int | None
    cost_amount: int | None
    prices: dict[str, int]
    weight_grams: int | None
    volume_ml: int | None
    code: str | None
    barcode: str | None
    picture: str | None
    available: int | None

    @classmethod
    def of(cls, sku: Sku, available: int | None) -> SkuView:
        return cls(**sku.model_dump(), available=available)


class ProductRow(Schema):
    """A product in a list of staff."""

    id: str
    code: str
    name: str
    category_id: str
    brand_id: str | None
    picture: str | None
    price_amount: int
    price_max_amount: int
    sku_count: int
    status: ProductStatus
    on_sale: bool
    """Listed, and now is within the schedule."""
    list_at: datetime | None
    unlist_at: datetime | None
    version: int
    updated_at: datetime

    @classmethod
    def of(cls, product: Product, now: datetime) -> ProductRow:
        same: dict[str, Any] = {n: getattr(product, n) for n in cls.model_fields if hasattr(product, n)}
        return cls(
            **same,
            picture=product.pictures[0] if product.pictures else None,
            sku_count=len(product.skus),
            on_sale=product.is_on_sale(now),
        )


class ProductView(ProductRow):
    """A product whole, as staff see it."""

    category_path: str
    brand_name: str | None
    summary: str | None
    keywords: list[str]
    unit: str
    pictures: list[str]
    video: str | None
    min_quantity: int
    per_order_max: int | None
    per_member_max: int | None
    freight_template_id: str | None
    kind: ProductKind
    voucher: VoucherTerms | None
    specs: list[Spec]
    skus: list[SkuView]
    attributes: list[Pair]
    detail_pictures: list[str]
    description: str | None
    services: list[str]
    sold_quantity: int
    created_at: datetime

    @classmethod
    def whole(
        cls, product: Product, detail: ProductDetail, now: datetime, available: Mapping[str, int], **more: Any
    ) -> ProductView:
        """The product with its detail; *available*: SKU id → pieces."""
        names = ("summary", "keywords", "unit", "pictures", "video", "specs", "created_at")
        limits = ("min_quantity", "per_order_max", "per_member_max", "freight_template_id", "kind", "voucher")
        return cls(
            **ProductRow.of(product, now).model_dump(),
            **{name: getattr(product, name) for name in (*names, *limits)},
            **{name: getattr(detail, name) for name in ("attributes", "description", "services")},
            skus=[SkuView.of(sku, available.get(sku.id)) for sku in product.skus],
            detail_pictures=detail.pictures,
            **more,
        )
