"""Staff: make, change, list and unlist products."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.catalog.desk import service as desk
from chalicelib.mall.catalog.desk.schemas import ProductView
from chalicelib.mall.catalog.editing import service
from chalicelib.mall.catalog.editing.schemas import CreateProduct, Schedule, UpdateProduct
from chalicelib.mall.catalog.products.errors import IllegalStep, ProductCodeTaken, ProductNotFound, StaleProduct
from chalicelib.mall.catalog.products.models import ProductStatus
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.inventory.errors import AlreadyDeclared

api = Api("catalog_editing", title="商品 Products (staff)")


@api.post("/admin/products", status=201, permission="catalog.write", raises=[ProductCodeTaken, AlreadyDeclared])
def create_product(staff: Staff, body: CreateProduct) -> ProductView:
    """Create a product as a draft, with the first stock of its SKUs."""
    return desk.show(service.create(body.code, body))


@api.put(
    "/admin/products/{product_id}", permission="catalog.write", raises=[ProductNotFound, StaleProduct, AlreadyDeclared]
)
def update_product(staff: Staff, product_id: str, body: UpdateProduct) -> ProductView:
    """Change a product: send it whole, with the version that was read.

    A SKU is known by its values: values that were there keep their SKU and its stock, new ones make a new SKU.
    """
    service.update(product_id, body, body.version)
    return desk.show(product_id)


@api.post("/admin/products/{product_id}/list", permission="catalog.write", raises=[ProductNotFound, IllegalStep])
def list_product(staff: Staff, product_id: str) -> ProductView:
    """List a product: buyers see it, within its schedule if it has one."""
    service.set_status(product_id, ProductStatus.LISTED)
    return desk.show(product_id)


@api.post("/admin/products/{product_id}/unlist", permission="catalog.write", raises=[ProductNotFound, IllegalStep])
def unlist_product(staff: Staff, product_id: str) -> ProductView:
    """Unlist a product: nobody can buy it any more."""
    service.set_status(product_id, ProductStatus.UNLISTED)
    return desk.show(product_id)


@api.put("/admin/products/{product_id}/schedule", permission="catalog.write", raises=[ProductNotFound, StaleProduct])
def schedule_product(staff: Staff, product_id: str, body: Schedule) -> ProductView:
    """Set from when and until when a listed product is on sale."""
    service.schedule(product_id, body)
    return desk.show(product_id)
