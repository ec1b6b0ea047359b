"""A product as staff write it, and as a line of an import says it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, field_validator, model_validator

from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.schemas import Count, Fen, Id, Moment, Schema
from chalicelib.mall.catalog.products.models import MAX_SKUS, Product, ProductDetail, ProductKind
from chalicelib.mall.catalog.schemas import PARAGRAPHS, TEXT, Code, Picture
from chalicelib.mall.inventory.models import MAX_STOCK

MAX_SPECS = 4
Price = Annotated[int, Field(gt=0, le=MAX_AMOUNT, description="Whole fen (CNY 0.01), more than nothing.")]
PriceName = Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[a-z][a-z0-9_]*$", examples=["member"])]
Name = Annotated[str, Field(min_length=1, max_length=120, pattern=TEXT)]
Word = Annotated[str, Field(min_length=1, max_length=60, pattern=TEXT)]
Pieces = Annotated[int, Field(ge=1, le=1_000_000)]


class SpecFields(Schema):
    """A dimension of the matrix with its values, in the order shown."""

    name: Word
    values: Annotated[list[Word], Field(min_length=1, max_length=MAX_SKUS)]


class SkuFields(Schema):
    """One cell of the matrix. ``values``: one of each spec, in the order of the specs."""

    values: Annotated[list[Word], Field(max_length=MAX_SPECS)] = Field(default_factory=list)
    price_amount: Price
    market_price_amount: Fen | None = None
    cost_amount: Fen | None = None
    prices: Annotated[dict[PriceName, Price], Field(max_length=16)] = Field(default_factory=dict)
    """Further prices by name: what a price step understands (`member`)."""
    weight_grams: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    volume_ml: Annotated[int, Field(ge=0, le=100_000_000)] | None = None
    code: Code | None = None
    barcode: Annotated[str, Field(min_length=1, max_length=32, pattern=r"^[0-9A-Za-z\-]+$")] | None = None
    picture: Picture | None = None
    stock: Annotated[int, Field(ge=0, le=MAX_STOCK)] = 0
    """What there is at first. Read only when the SKU is new: afterwards stock has its own ways to change."""


class PairFields(Schema):
    """An attribute: ``材质``, ``100%棉``."""

    name: Word
    value: Annotated[str, Field(min_length=1, max_length=1000, pattern=PARAGRAPHS)]


class VoucherFields(Schema):
    """How each voucher of a product is used."""

    valid_days: Annotated[int, Field(ge=1, le=1095)] | None = None
    """So many days from when it is given; or else `valid_until`."""
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    times: Annotated[int, Field(ge=1, le=100)] = 1
    """How often each voucher can be used."""
    store_ids: Annotated[list[Id], Field(max_length=50)] = Field(default_factory=list)
    """Where it can be used; none: in every store."""
    refund_expired: bool = True
    """Whether the money of one that was never used goes back when its time is over."""

    @model_validator(mode="after")
    def _one_span(self) -> VoucherFields:
        if (self.valid_days is None) == (self.valid_until is None):
            raise ValueError("either valid_days or valid_until")
        if self.valid_from and (self.valid_until is None or self.valid_from >= self.valid_until):
            raise ValueError("valid_from is before valid_until")
        return self


class ProductFields(Schema):
    """What staff decide of a product, whole."""

    name: Name
    category_id: Id
    brand_id: Id | None = None
    summary: Annotated[str, Field(max_length=200, pattern=TEXT)] | None = None
    keywords: Annotated[list[Word], Field(max_length=20)] = Field(default_factory=list)
    unit: Annotated[str, Field(min_length=1, max_length=10, pattern=TEXT)] = "件"
    pictures: Annotated[list[Picture], Field(max_length=20)] = Field(default_factory=list)
    video: Picture | None = None
    list_at: Moment | None = None
    """A listed product is on sale from here."""
    unlist_at: Moment | None = None
    """A listed product is on sale before this."""
    min_quantity: Pieces = 1
    per_order_max: Pieces | None = None
    per_member_max: Pieces | None = None
    freight_template_id: Id | None = None
    """How it travels; null: by the mall's default."""
    kind: ProductKind = ProductKind.GOODS
    """Goods are sent or fetched; of a voucher each piece gives a code that is used in a store; a code is shown."""
    voucher: VoucherFields | None = None
    """How a voucher is used; of vouchers only."""
    specs: Annotated[list[SpecFields], Field(max_length=MAX_SPECS)] = Field(default_factory=list)
    skus: Annotated[list[SkuFields], Field(min_length=1, max_length=MAX_SKUS)]
    attributes: Annotated[list[PairFields], Field(max_length=100)] = Field(default_factory=list)
    detail_pictures: Annotated[list[Picture], Field(max_length=300)] = Field(default_factory=list)
    description: Annotated[str, Field(max_length=20_000, pattern=PARAGRAPHS)] | None = None
    """Plain text; a line break is a paragraph."""
    services: Annotated[list[Word], Field(max_length=20)] = Field(default_factory=list)

    @field_validator("summary", "description")
    @classmethod
    def _nothing_is_null(cls, text: str | None) -> str | None:
        return text or None

    @model_validator(mode="after")
    def _matrix(self) -> ProductFields:
        names = [spec.name for spec in self.specs]
        if len(set(names)) < len(names) or any(len(set(spec.values)) < len(spec.values) for spec in self.specs):
            raise ValueError("specs: each name once, and in a spec each value once")
        seen: set[tuple[str, ...]] = set()
        for sku in self.skus:
            values = tuple(sku.values)
            if len(values) != len(names) or any(v not in s.values for v, s in zip(values, self.specs, strict=True)):
                raise ValueError(f"skus: {list(values)} is not one value of each spec")
            if values in seen:
                raise ValueError(f"skus: {list(values)} is there twice")
            seen.add(values)
        for place, spec in enumerate(self.specs):
            if unused := set(spec.values) - {values[place] for values in seen}:
                raise ValueError(f"specs: no SKU has {sorted(unused)}")
        return self

    @model_validator(mode="after")
    def _limits(self) -> ProductFields:
        for limit in (self.per_order_max, self.per_member_max):
            if limit is not None and limit < self.min_quantity:
                raise ValueError("min_quantity is more than a limit allows")
        if self.list_at and self.unlist_at and self.list_at >= self.unlist_at:
            raise ValueError("list_at is before unlist_at")
        if (self.kind is ProductKind.VOUCHER) != (self.voucher is not None):
            raise ValueError("a voucher, and nothing else, says in `voucher` how it is used")
        if self.kind is ProductKind.CODE and any(sku.stock for sku in self.skus):
            raise ValueError("the stock of codes is what is in their pool: upload codes")
        return self

    def content(self) -> dict[str, Any]:
        """What is stored of it: everything but the stock of new SKUs."""
        return self.model_dump(include=set(ProductFields.model_fields), exclude={"skus": {"__all__": {"stock"}}})


def content_of(product: Product, detail: ProductDetail) -> dict[str, Any]:
    """What staff once decided: the stored product as :meth:`ProductFields.content` gives it."""
    content = {name: getattr(product, name) for name in ProductFields.model_fields if name in Product.get_attributes()}
    content["voucher"] = product.voucher.model_dump() if product.voucher else None
    content["specs"] = [spec.model_dump() for spec in product.specs]
    content["skus"] = [sku.model_dump(exclude={"id"}) for sku in product.skus]
    content["attributes"] = [pair.model_dump() for pair in detail.attributes]
    content["detail_pictures"] = detail.pictures
    content["description"], content["services"] = detail.description, detail.services
    return content


class CreateProduct(ProductFields):
    """``POST /admin/products``. With a ``code`` the same product can not be made twice."""

    code: Code | None = None


class UpdateProduct(ProductFields):
    """``PUT /admin/products/{product_id}``: the product whole, as it shall be."""

    version: Count
    """The version that was read: a newer one is stored → refused."""


class Schedule(Schema):
    """``PUT /admin/products/{product_id}/schedule``. Null: no bound on that side."""

    list_at: Moment | None
    unlist_at: Annotated[Moment | None, Field(examples=["2026-12-24T10:00:00Z"])]
    version: Count

    @model_validator(mode="after")
    def _in_order(self) -> Schedule:
        if self.list_at and self.unlist_at and self.list_at >= self.unlist_at:
            raise ValueError("list_at is before unlist_at")
        return self
