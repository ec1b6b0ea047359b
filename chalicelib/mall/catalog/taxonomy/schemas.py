"""Categories and brands as staff write and see them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from chalicelib.core.schemas import Id, Schema
from chalicelib.mall.catalog.schemas import Code, Picture, Sort, Summary
from chalicelib.mall.catalog.taxonomy.models import Brand, Category, Tree

CategoryName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f/]+$")]
"""``/`` is what separates names in a path."""
BrandName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]


class CategoryFields(Schema):
    """What staff decide of a category."""

    name: CategoryName
    parent_id: Id | None = None
    """Null: the first level."""
    code: Code | None = None
    summary: Summary | None = None
    icon: Picture | None = None
    sort: Sort = 0
    visible: bool = True

    @classmethod
    def of(cls, category: Category) -> CategoryFields:
        return cls(**{name: getattr(category, name) for name in cls.model_fields})


class CategoryView(CategoryFields):
    """A category as staff see it. ``path``: ``居家/床品件套``."""

    id: str
    path: str

    @classmethod
    def seen(cls, category: Category, tree: Tree) -> CategoryView:
        fields = CategoryFields.of(category).model_dump()
        return cls(**fields, id=category.id, path=tree.path_text(category.id))


class CategoriesView(Schema):
    """All categories, parents before their children, siblings in order."""

    items: list[CategoryView]


class BrandFields(Schema):
    """What staff decide of a brand."""

    name: BrandName
    code: Code | None = None
    summary: Summary | None = None
    logo: Picture | None = None
    sort: Sort = 0
    visible: bool = True

    @classmethod
    def of(cls, brand: Brand) -> BrandFields:
        return cls(**{name: getattr(brand, name) for name in cls.model_fields})


class BrandView(BrandFields):
    """A brand as staff see it."""

    id: str

    @classmethod
    def seen(cls, brand: Brand) -> BrandView:
        return cls(**BrandFields.of(brand).model_dump(), id=brand.id)


class BrandsView(Schema):
    """All brands, in order."""

    items: list[BrandView]
