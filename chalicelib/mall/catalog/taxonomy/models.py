"""Categories and brands: one table, a partition a kind, few enough to be read whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import IntAttribute, Table, TimeAttribute, table_name

MAX_DEPTH = 4
SEPARATOR = "/"
MAX_CATEGORIES = 2_000
MAX_BRANDS = 5_000


class Kind(StrEnum):
    """What a taxonomy holds."""

    CATEGORY = "category"
    BRAND = "brand"


class Category(Table):
    """A node of the tree. Names are unique under one parent."""

    class Meta:
        table_name = table_name("taxonomy")

    kind = UnicodeAttribute(hash_key=True, default=Kind.CATEGORY.value)
    id = UnicodeAttribute(range_key=True)
    code = UnicodeAttribute(null=True)
    name = UnicodeAttribute()
    parent_id = UnicodeAttribute(null=True)
    summary = UnicodeAttribute(null=True)
    icon = UnicodeAttribute(null=True)
    sort = IntAttribute(default=0)
    visible = BooleanAttribute(default=True)
    updated_at = TimeAttribute()


class Brand(Table):
    """A brand. Names are unique."""

    class Meta:
        table_name = table_name("taxonomy")

    kind = UnicodeAttribute(hash_key=True, default=Kind.BRAND.value)
    id = UnicodeAttribute(range_key=True)
    code = UnicodeAttribute(null=True)
    name = UnicodeAttribute()
    summary = UnicodeAttribute(null=True)
    logo = UnicodeAttribute(null=True)
    sort = IntAttribute(default=0)
    visible = BooleanAttribute(default=True)
    updated_at = TimeAttribute()


class TaxonomyEdition(Table):
    """How often a kind was changed: each change names the edition it was made on, so changes come one by one."""

    class Meta:
        table_name = table_name("taxonomy")

    kind = UnicodeAttribute(hash_key=True, default="edition")
    id = UnicodeAttribute(range_key=True)
    number = IntAttribute()


def _order(each: Category | Brand) -> tuple[int, str]:
    return each.sort, each.id


class Tree:
    """All categories at one edition, put in order. Only this module's service writes what it says."""

    kind = Kind.CATEGORY

    def __init__(self, edition: int, categories: Iterable[Category]) -> None:
        self.edition = edition
        self.by_id = {each.id: each for each in categories}
        self._children: dict[str | None, list[Category]] = {}
        for each in sorted(self.by_id.values(), key=_order):
            self._children.setdefault(each.parent_id, []).append(each)

    def put(self, category: Category) -> None:
        """Add or replace a category in this copy: what a row of a file made is there for the next row."""
        old = self.by_id.get(category.id)
        if old is not None:
            self._children[old.parent_id] = [each for each in self.children(old.parent_id) if each.id != old.id]
        self.by_id[category.id] = category
        self._children[category.parent_id] = sorted([*self.children(category.parent_id), category], key=_order)

    @property
    def roots(self) -> list[Category]:
        """The first level, in order."""
        return self.children(None)

    def get(self, category_id: str | None) -> Category | None:
        """The category of that id, if there is one."""
        return self.by_id.get(category_id) if category_id else None

    def children(self, category_id: str | None) -> list[Category]:
        """What stands right below, in order; None: the first level."""
        return self._children.get(category_id, [])

    def path(self, category_id: str) -> list[Category]:
        """From the root down to the category itself; empty for an unknown one."""
        found: list[Category] = []
        each = self.get(category_id)
        while each is not None and len(found) <= MAX_DEPTH:
            found.append(each)
            each = self.get(each.parent_id)
        return found[::-1]

    def path_text(self, category_id: str) -> str:
        """``居家/床品件套``."""
        return SEPARATOR.join(each.name for each in self.path(category_id))

    def find(self, path: str) -> Category | None:
        """The category at ``居家/床品件套``."""
        found: Category | None = None
        for name in path.split(SEPARATOR):
            below = self.children(found.id if found else None)
            found = next((each for each in below if each.name == name.strip()), None)
            if found is None:
                return None
        return found

    def by_code(self, code: str) -> Category | None:
        """The category with the merchant's code."""
        return next((each for each in self.by_id.values() if each.code == code), None)

    def walk(self) -> Iterator[Category]:
        """Every category, parents before their children, siblings in order."""
        todo = self.roots[::-1]
        while todo:
            each = todo.pop()
            yield each
            todo += self.children(each.id)[::-1]

    def below(self, category_id: str) -> set[str]:
        """The ids of the category and of everything under it."""
        found = {category_id} if category_id in self.by_id else set()
        todo = list(found)
        while todo:
            ids = [each.id for each in self.children(todo.pop())]
            todo += [each for each in ids if each not in found]
            found.update(ids)
        return found

    def height(self, category_id: str) -> int:
        """Levels of the subtree: 1 for a leaf."""
        return (
            max((len(self.path(each)) for each in self.below(category_id)), default=0) - len(self.path(category_id)) + 1
        )

    def is_visible(self, category_id: str) -> bool:
        """Whether buyers see it: it and everything above it is visible."""
        path = self.path(category_id)
        return bool(path) and all(each.visible for each in path)


class Brands:
    """All brands at one edition, in order."""

    kind = Kind.BRAND

    def __init__(self, edition: int, brands: Iterable[Brand]) -> None:
        self.edition = edition
        self.by_id = {each.id: each for each in sorted(brands, key=_order)}

    def get(self, brand_id: str | None) -> Brand | None:
        """The brand of that id, if there is one."""
        return self.by_id.get(brand_id) if brand_id else None

    def find(self, name: str) -> Brand | None:
        """The brand of that name, else the one of that code."""
        by_code = None
        for each in self.by_id.values():
            if each.name == name:
                return each
            if each.code == name:
                by_code = each
        return by_code

    def put(self, brand: Brand) -> None:
        """Add or replace a brand in this copy: what a row of a file made is there for the next row."""
        self.by_id[brand.id] = brand
