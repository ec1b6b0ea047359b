"""Making and changing products. A product is written whole: product, detail and the stock of new SKUs, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.core import clock, ids
from chalicelib.core.errors import DomainError, Invalid
from chalicelib.core.plugs import PlugList
from chalicelib.core.states import move
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.editing.schemas import ProductFields, Schedule, SkuFields, content_of
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.errors import IllegalStep, ProductCodeTaken, ProductNotFound, StaleProduct
from chalicelib.mall.catalog.products.events import ProductChanged
from chalicelib.mall.catalog.products.models import (
    STEPS,
    Pair,
    Product,
    ProductDetail,
    ProductKind,
    ProductStatus,
    Sku,
    Spec,
    VoucherTerms,
    product_id_of,
    sku_id_of,
)
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import Keeper, StockKey
from chalicelib.mall.stores import service as stores

DECLARED_AT_ONCE = 30
"""New stocks in one transaction, up to three writes each; beside them stand product, detail, events and a log."""

freight_templates: PlugList[Callable[[str], bool]] = PlugList("freight_templates")
"""Each is asked whether it knows the freight template of that id: they live on a higher floor."""

_ELSEWHERE = {"specs", "skus", "voucher", "attributes", "detail_pictures", "description", "services"}


@dataclass(frozen=True)
class Known:
    """A stored product with its detail; both None for one that is new."""

    product: Product | None = None
    detail: ProductDetail | None = None

    def content(self) -> dict[str, Any] | None:
        """What staff decided when it was written."""
        if self.product is None:
            return None
        return content_of(self.product, self.detail or products.no_detail(self.product.id))


@dataclass(frozen=True)
class Plan:
    """What one product shall be, and which stocks its new SKUs need (key → pieces)."""

    product: Product
    detail: ProductDetail
    stocks: Mapping[StockKey, int]
    old: Product | None

    @property
    def keeper(self) -> Keeper | None:
        """Who says how many pieces there are."""
        return Keeper.CODES if self.product.kind is ProductKind.CODE else None


def known(product_ids: Sequence[str]) -> dict[str, Known]:
    """Stored products with details, this moment; unknown ids give an empty :class:`Known`."""
    found = batch_get({Product: product_ids, ProductDetail: product_ids}, consistent=True)
    return {each: Known(found[Product].get(each), found[ProductDetail].get(each)) for each in product_ids}


def plan(
    product_id: str, code: str, fields: ProductFields, old: Known, status: ProductStatus | None = None
) -> Plan | None:
    """What *fields* make of *old*; None when nothing changes.

    :param status: the status it shall have; None: as it is, and draft for a new one.
    :raises Invalid: no such category, brand or freight template; goods can not become codes.
    :raises IllegalStep: the status can not be reached.
    """
    _check_references(fields)
    before, content = old.product, fields.content()
    if before is not None and before.kind is not fields.kind and ProductKind.CODE in {before.kind, fields.kind}:
        # Their stock is kept by the pool, and that of others is not.
        raise Invalid(errors=[{"field": "kind", "issue": "codes stay codes, and nothing else becomes codes"}])
    if before is not None and old.content() == content and status in {None, before.status}:
        return None
    now = clock.now()
    product = Product(
        id=product_id,
        code=code,
        status=_next_status(before, status),
        version=before.version + 1 if before else 1,
        created_at=before.created_at if before else now,
        updated_at=now,
        specs=[Spec(**spec.model_dump()) for spec in fields.specs],
        skus=[_sku(product_id, sku) for sku in fields.skus],
        voucher=VoucherTerms(**fields.voucher.model_dump()) if fields.voucher else None,
        **{name: value for name, value in content.items() if name not in _ELSEWHERE},
    )
    detail = ProductDetail(
        id=product_id,
        attributes=[Pair(**pair.model_dump()) for pair in fields.attributes],
        pictures=fields.detail_pictures,
        description=fields.description,
        services=fields.services,
    )
    stocks = {StockKey(product_id, sku_id_of(product_id, sku.values)): sku.stock for sku in fields.skus}
    had = {sku.id for sku in before.skus} if before else set()
    return Plan(product, detail, {key: stock for key, stock in stocks.items() if key.sku_id not in had}, before)


def declare_early(planned: Plan) -> dict[StockKey, int]:
    """What of the plan's stocks is not there yet. Beyond what fits beside the product, they are made here and now.

    A crash in between leaves stocks without a product, which nobody can buy; the next try finds them made.
    """
    there = inventory.stocks(planned.stocks, consistent=True) if planned.stocks else {}
    missing = [(key, pieces) for key, pieces in planned.stocks.items() if key not in there]
    while len(missing) > DECLARED_AT_ONCE:
        part, missing = missing[:DECLARED_AT_ONCE], missing[DECLARED_AT_ONCE:]
        with Transaction() as tx:
            for key, pieces in part:
                inventory.declare(tx, key, pieces, keeper=planned.keeper)
    return dict(missing)


def write(tx: Transaction, planned: Plan, stocks: Mapping[StockKey, int]) -> None:
    """Add the whole product to *tx*, with the *stocks* that :func:`declare_early` left.

    :raises StaleProduct: someone else wrote it meanwhile. :raises ProductCodeTaken: someone else made it.
    """
    if planned.old is None:
        tx.put(planned.product, only_if=Product.id.does_not_exist(), otherwise=ProductCodeTaken())
    else:
        tx.put(planned.product, only_if=Product.version == planned.old.version, otherwise=_stale)
    tx.put(planned.detail)
    for key, pieces in stocks.items():
        inventory.declare(tx, key, pieces, keeper=planned.keeper)
    announce(tx, planned.product, planned.old)


def announce(tx: Transaction, product: Product, old: Product | None) -> None:
    """Tell of the change; and when a schedule is new, once more at its times."""
    tx.emit(ProductChanged(product_id=product.id))
    for name in ("list_at", "unlist_at"):
        at = getattr(product, name)
        if at is not None and at > clock.now() and (old is None or getattr(old, name) != at):
            tx.emit(ProductChanged(product_id=product.id), at=at)


def create(code: str | None, fields: ProductFields) -> str:
    """Make a draft; returns its id. :raises ProductCodeTaken: and what :func:`plan` raises."""
    product_id = ids.new("prd") if code is None else product_id_of(code)
    old = known([product_id])[product_id]
    if old.product is not None or (code is not None and code.startswith("prd_")):
        raise ProductCodeTaken()
    planned = plan(product_id, code or product_id, fields, old)
    assert planned is not None
    _commit(planned)
    return product_id


def update(product_id: str, fields: ProductFields, version: int) -> None:
    """Make the product what *fields* say. :raises ProductNotFound, StaleProduct: and what :func:`plan` raises."""
    old = known([product_id])[product_id]
    if old.product is None:
        raise ProductNotFound()
    if old.product.version != version:
        raise StaleProduct(version=old.product.version)
    planned = plan(product_id, old.product.code, fields, old)
    if planned is not None:
        _commit(planned)


def set_status(product_id: str, to: ProductStatus) -> None:
    """List or unlist. :raises ProductNotFound, IllegalStep:"""

    def refuse(stored: dict[str, Any] | None) -> DomainError:
        return IllegalStep() if stored else ProductNotFound()

    actions = [Product.version.add(1), Product.updated_at.set(clock.now())]
    with Transaction() as tx:
        move(tx, Product(id=product_id), Product.status, STEPS, to, *actions, otherwise=refuse)
        tx.emit(ProductChanged(product_id=product_id))


def schedule(product_id: str, times: Schedule) -> None:
    """Set when a listed product is on sale. :raises ProductNotFound, StaleProduct:"""
    old = products.product(product_id, consistent=True)
    actions = [Product.version.add(1), Product.updated_at.set(clock.now())]
    for name in ("list_at", "unlist_at"):
        attribute, at = getattr(Product, name), getattr(times, name)
        actions.append(attribute.remove() if at is None else attribute.set(at))
    with Transaction() as tx:
        tx.update(Product(id=product_id), actions, only_if=Product.version == times.version, otherwise=_stale)
        new = Product(id=product_id, list_at=times.list_at, unlist_at=times.unlist_at)
        announce(tx, new, old)


def _commit(planned: Plan) -> None:
    stocks = declare_early(planned)
    with Transaction() as tx:
        write(tx, planned, stocks)


def _check_references(fields: ProductFields) -> None:
    errors = []
    if taxonomy.categories().get(fields.category_id) is None and taxonomy.load_tree().get(fields.category_id) is None:
        errors.append({"field": "category_id", "issue": "no such category"})
    if fields.brand_id and not (taxonomy.brands().get(fields.brand_id) or taxonomy.load_brands().get(fields.brand_id)):
        errors.append({"field": "brand_id", "issue": "no such brand"})
    template_id = fields.freight_template_id
    if template_id is not None and not any(knows(template_id) for knows in freight_templates):
        errors.append({"field": "freight_template_id", "issue": "no such freight template"})
    if fields.voucher is not None and not set(fields.voucher.store_ids) <= set(stores.load().by_id):
        errors.append({"field": "voucher.store_ids", "issue": "no such store"})
    if errors:
        raise Invalid(errors=errors)


def _next_status(before: Product | None, wanted: ProductStatus | None) -> ProductStatus:
    if before is None:
        return wanted or ProductStatus.DRAFT
    if wanted is None or wanted is before.status:
        return before.status
    if not STEPS.allows(before.status, wanted):
        raise IllegalStep()
    return wanted


def _sku(product_id: str, fields: SkuFields) -> Sku:
    return Sku(id=sku_id_of(product_id, fields.values), **fields.model_dump(exclude={"stock"}))


def _stale(stored: dict[str, Any] | None) -> DomainError:
    return StaleProduct(version=int(stored["version"]["N"])) if stored else ProductNotFound()
