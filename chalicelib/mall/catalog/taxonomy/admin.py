"""Staff: the tree of categories, and the brands."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.catalog.taxonomy import errors, service
from chalicelib.mall.catalog.taxonomy.schemas import (
    BrandFields,
    BrandsView,
    BrandView,
    CategoriesView,
    CategoryFields,
    CategoryView,
)
from chalicelib.mall.identity.service import Staff

api = Api("taxonomy_admin", title="类目与品牌 Categories and brands (staff)")

REFUSALS = [errors.NameTaken, errors.CodeTaken, errors.TaxonomyFull, errors.TaxonomyEdited]


@api.get("/admin/categories", permission="catalog.read")
def list_categories(staff: Staff) -> CategoriesView:
    """List all categories, hidden ones too: parents before their children."""
    tree = service.load_tree()
    return CategoriesView(items=[CategoryView.seen(each, tree) for each in tree.walk()])


@api.post("/admin/categories", status=201, permission="catalog.write", raises=[*REFUSALS, errors.CategoryMisplaced])
def create_category(staff: Staff, body: CategoryFields) -> CategoryView:
    """Create a category, at most four levels deep."""
    category = service.save_category(body)
    return CategoryView.seen(category, service.categories())


@api.put(
    "/admin/categories/{category_id}",
    permission="catalog.write",
    raises=[*REFUSALS, errors.CategoryMisplaced, errors.CategoryNotFound],
)
def update_category(staff: Staff, category_id: str, body: CategoryFields) -> CategoryView:
    """Change a category, or move it with everything under it."""
    category = service.save_category(body, category_id)
    return CategoryView.seen(category, service.categories())


@api.delete(
    "/admin/categories/{category_id}",
    status=204,
    permission="catalog.write",
    raises=[errors.CategoryNotFound, errors.CategoryInUse, errors.TaxonomyEdited],
)
def delete_category(staff: Staff, category_id: str) -> None:
    """Delete a category that has no sub-categories and no products."""
    service.remove_category(category_id)


@api.get("/admin/brands", permission="catalog.read")
def list_brands(staff: Staff) -> BrandsView:
    """List all brands, hidden ones too."""
    return BrandsView(items=[BrandView.seen(each) for each in service.load_brands().by_id.values()])


@api.post("/admin/brands", status=201, permission="catalog.write", raises=REFUSALS)
def create_brand(staff: Staff, body: BrandFields) -> BrandView:
    """Create a brand."""
    return BrandView.seen(service.save_brand(body))


@api.put("/admin/brands/{brand_id}", permission="catalog.write", raises=[*REFUSALS, errors.BrandNotFound])
def update_brand(staff: Staff, brand_id: str, body: BrandFields) -> BrandView:
    """Change a brand."""
    return BrandView.seen(service.save_brand(body, brand_id))


@api.delete(
    "/admin/brands/{brand_id}",
    status=204,
    permission="catalog.write",
    raises=[errors.BrandNotFound, errors.BrandInUse, errors.TaxonomyEdited],
)
def delete_brand(staff: Staff, brand_id: str) -> None:
    """Delete a brand that no product bears."""
    service.remove_brand(brand_id)
