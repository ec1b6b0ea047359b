"""Real rows for tests: categories, brands, products with stock, a staff token; made by the mall's own functions."""

from __future__ import annotations

from typing import Any

from chalicelib.core import clock, ids
from chalicelib.mall.catalog.editing import service as editing
from chalicelib.mall.catalog.editing.schemas import ProductFields
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import Product, ProductStatus
from chalicelib.mall.catalog.taxonomy import service as taxonomy
from chalicelib.mall.catalog.taxonomy.models import Brand, Category
from chalicelib.mall.catalog.taxonomy.schemas import BrandFields, CategoryFields
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.identity.staff.models import TEAM, Account, Role


def category(path: str = "居家/床品件套", **more: Any) -> Category:
    """The category at *path*, made with everything above it where it is not there yet."""
    found: Category | None = None
    names = path.split("/")
    for depth in range(1, len(names) + 1):
        above, name = found, names[depth - 1]
        found = taxonomy.categories().find("/".join(names[:depth]))
        if found is None:
            fields = CategoryFields(name=name, parent_id=above.id if above else None)
            found = taxonomy.save_category(fields.model_copy(update=more if depth == len(names) else {}))
    assert found is not None
    return found


def brand(name: str = "罗莱制造商", **more: Any) -> Brand:
    """The brand of that name, made if it is not there yet."""
    return taxonomy.brands().find(name) or taxonomy.save_brand(BrandFields(name=name, **more))


def fields(**more: Any) -> dict[str, Any]:
    """What staff would send: a bed set in one color and two sizes, 100 pieces each."""
    given: dict[str, Any] = {
        "name": "轻奢纯棉刺绣水洗四件套",
        "summary": "设计师原款，精致绣花",
        "pictures": ["https://media.test/set.jpg"],
        "specs": [{"name": "颜色", "values": ["白"]}, {"name": "尺寸", "values": ["1.5m", "1.8m"]}],
        "skus": [
            {"values": ["白", "1.5m"], "price_amount": 89_900, "market_price_amount": 91_900, "stock": 100},
            {"values": ["白", "1.8m"], "price_amount": 99_900, "cost_amount": 40_000, "stock": 100},
        ],
        "attributes": [{"name": "材质", "value": "100%棉"}],
        "detail_pictures": ["https://media.test/1.jpg", "https://media.test/2.jpg"],
        "services": ["7天无理由退换"],
        **more,
    }
    if "category_id" not in given:
        given["category_id"] = category().id
    return given


def plain(price_amount: int = 5_000, stock: int = 100, **sku: Any) -> dict[str, Any]:
    """``specs`` and ``skus`` of a product of one kind: ``product(**plain(price_amount=100, stock=1))``."""
    return {"specs": [], "skus": [{"values": [], "price_amount": price_amount, "stock": stock, **sku}]}


def product(code: str | None = None, *, listed: bool = True, **more: Any) -> Product:
    """A product with stock, listed if not told otherwise. *more*: as :func:`fields`."""
    product_id = editing.create(code, ProductFields.model_validate(fields(**more)))
    if listed:
        editing.set_status(product_id, ProductStatus.LISTED)
    return products.product(product_id, consistent=True)


def staff_token(*permissions: str) -> str:
    """A token of a person with these permissions; without any: with all."""
    role_id = ids.new("rol")
    Role(team=TEAM, id=role_id, name=role_id, permissions=list(permissions) or ["*"], created_at=clock.now()).save()
    account = Account(
        team=TEAM,
        id=ids.new("stf"),
        username=role_id,
        name="店员",
        password_hash="none",
        role_id=role_id,
        created_at=clock.now(),
    )
    account.save()
    return Staff.token(account)
