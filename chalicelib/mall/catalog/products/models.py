"""The product with its SKUs, the long part of it, and how many were sold."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core import ids
from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.mall.inventory.models import StockKey

MAX_SKUS = 200


class ProductStatus(StrEnum):
    """Whether a product may be sold. A listed one with a schedule is on sale only within it."""

    DRAFT = "draft"
    LISTED = "listed"
    UNLISTED = "unlisted"


class ProductKind(StrEnum):
    """What a buyer gets: goods, sent or fetched; vouchers, used in a store; codes, which are read."""

    GOODS = "goods"
    VOUCHER = "voucher"
    CODE = "code"


STEPS = Steps(
    {
        ProductStatus.DRAFT: [ProductStatus.LISTED],
        ProductStatus.LISTED: [ProductStatus.UNLISTED],
        ProductStatus.UNLISTED: [ProductStatus.LISTED],
    }
)


class Document(BaseModel):
    model_config = ConfigDict(defer_build=True)


class Spec(Document):
    """A dimension of the matrix: ``颜色`` with its values, in the order shown."""

    name: str
    values: list[str]


class Sku(Document):
    """One cell of the matrix: what is sold. Its id follows from the product and the values."""

    id: str
    values: list[str]
    price_amount: int
    market_price_amount: int | None = None
    cost_amount: int | None = None
    """For staff only."""
    prices: dict[str, int] = {}
    """Further prices by name, fen: what a price step understands (``member``)."""
    weight_grams: int | None = None
    volume_ml: int | None = None
    code: str | None = None
    barcode: str | None = None
    picture: str | None = None


class VoucherTerms(Document):
    """How each voucher of a product is used. Either ``valid_days`` from when it is given, or ``valid_until``."""

    valid_days: int | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    times: int = 1
    """How often each voucher can be used."""
    store_ids: list[str] = []
    """Where; none named: in every store."""
    refund_expired: bool = True
    """Whether the money of one that was never used goes back when its time is over."""


class Pair(Document):
    """``材质``: ``100%棉``."""

    name: str
    value: str


class ByStatus(GlobalSecondaryIndex["Product"]):
    """Products of a status by time of change."""

    class Meta:
        index_name = "by_status"
        projection = KeysOnlyProjection()

    status = EnumAttribute(ProductStatus, hash_key=True)
    updated_at = TimeAttribute(range_key=True)


class ByCategory(GlobalSecondaryIndex["Product"]):
    """Products of a category by time of change."""

    class Meta:
        index_name = "by_category"
        projection = KeysOnlyProjection()

    category_id = UnicodeAttribute(hash_key=True)
    updated_at = TimeAttribute(range_key=True)


class ByBrand(GlobalSecondaryIndex["Product"]):
    """Products of a brand by time of change."""

    class Meta:
        index_name = "by_brand"
        projection = KeysOnlyProjection()

    brand_id = UnicodeAttribute(hash_key=True)
    updated_at = TimeAttribute(range_key=True)


class ByFreightTemplate(GlobalSecondaryIndex["Product"]):
    """Products that name a freight template."""

    class Meta:
        index_name = "by_freight_template"
        projection = KeysOnlyProjection()

    freight_template_id = UnicodeAttribute(hash_key=True)
    updated_at = TimeAttribute(range_key=True)


class Product(Table):
    """A product as lists, carts and orders need it. What only its page shows is in :class:`ProductDetail`."""

    class Meta:
        table_name = table_name("products")

    id = UnicodeAttribute(hash_key=True)
    code = UnicodeAttribute()
    """The merchant's code; a product made without one has its id here."""
    name = UnicodeAttribute()
    category_id = UnicodeAttribute()
    brand_id = UnicodeAttribute(null=True)
    summary = UnicodeAttribute(null=True)
    keywords: DocumentAttribute[list[str]] = DocumentAttribute(list[str])
    unit = UnicodeAttribute(default="件")
    pictures: DocumentAttribute[list[str]] = DocumentAttribute(list[str])
    video = UnicodeAttribute(null=True)
    specs: DocumentAttribute[list[Spec]] = DocumentAttribute(list[Spec])
    skus: DocumentAttribute[list[Sku]] = DocumentAttribute(list[Sku])
    status = EnumAttribute(ProductStatus)
    list_at = TimeAttribute(null=True)
    unlist_at = TimeAttribute(null=True)
    min_quantity = IntAttribute(default=1)
    per_order_max = IntAttribute(null=True)
    per_member_max = IntAttribute(null=True)
    freight_template_id = UnicodeAttribute(null=True)
    """How it travels; null: by the mall's default."""
    kind = EnumAttribute(ProductKind, default=ProductKind.GOODS)
    voucher: DocumentAttribute[VoucherTerms] = DocumentAttribute(VoucherTerms, null=True)
    """Only of vouchers."""
    version = IntAttribute()
    created_at = TimeAttribute()
    updated_at = TimeAttribute()

    by_status = ByStatus()
    by_category = ByCategory()
    by_brand = ByBrand()
    by_freight_template = ByFreightTemplate()

    def is_on_sale(self, now: datetime) -> bool:
        """Listed, and *now* within the schedule. Asked on every read: a late clock tick never sells."""
        if self.status is not ProductStatus.LISTED:
            return False
        return (self.list_at is None or self.list_at <= now) and (self.unlist_at is None or now < self.unlist_at)

    def sku(self, sku_id: str) -> Sku | None:
        """The SKU of that id, if the product has it."""
        return next((sku for sku in self.skus if sku.id == sku_id), None)

    def spec_text(self, sku: Sku) -> str:
        """``颜色:白 尺寸:M``; empty for a product of one kind."""
        return " ".join(f"{spec.name}:{value}" for spec, value in zip(self.specs, sku.values, strict=True))

    def stock_keys(self) -> list[StockKey]:
        """The ordinary stock of every SKU."""
        return [StockKey(self.id, sku.id) for sku in self.skus]

    @property
    def price_amount(self) -> int:
        """The lowest price, fen."""
        return min(sku.price_amount for sku in self.skus)

    @property
    def price_max_amount(self) -> int:
        """The highest price, fen."""
        return max(sku.price_amount for sku in self.skus)


class ProductDetail(Table):
    """The long part of a product, read on its page alone."""

    class Meta:
        table_name = table_name("product_details")

    id = UnicodeAttribute(hash_key=True)
    attributes: DocumentAttribute[list[Pair]] = DocumentAttribute(list[Pair])
    pictures: DocumentAttribute[list[str]] = DocumentAttribute(list[str])
    description = UnicodeAttribute(null=True)
    services: DocumentAttribute[list[str]] = DocumentAttribute(list[str])


class ProductSales(Table):
    """How many pieces were ever paid for. Apart from the product: a sale must not rewrite a large item."""

    class Meta:
        table_name = table_name("product_sales")

    id = UnicodeAttribute(hash_key=True)
    quantity = IntAttribute()


def product_id_of(code: str) -> str:
    """The id of the product with that code: the id itself stands for the code of a product that has none."""
    return code if code.startswith("prd_") else ids.derive("prd", code)


def sku_id_of(product_id: str, values: list[str]) -> str:
    """The id of a SKU: the same values of the same product are the same SKU, for ever."""
    return ids.derive("sku", product_id, *values)
