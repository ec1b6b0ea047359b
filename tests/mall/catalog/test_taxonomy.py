"""The tree and the brands: what fits, what is refused, and that changes come one by one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chalicelib.core.errors import DomainError
from chalicelib.mall.catalog.taxonomy import errors, service
from chalicelib.mall.catalog.taxonomy.schemas import CategoryFields
from tests.harness import Client, Cloud
from tests.mall.catalog import factories


@pytest.fixture
def staff(http: Client) -> Client:
    return http.as_(factories.staff_token("catalog.read", "catalog.write"))


def make(staff: Client, name: str, parent_id: str | None = None, **more: Any) -> dict[str, Any]:
    created: dict[str, Any] = staff.post("/admin/categories", json={"name": name, "parent_id": parent_id, **more}).ok()
    return created


def test_a_tree(staff: Client) -> None:
    home = make(staff, "居家", sort=2)
    beds = make(staff, "床品件套", home["id"], icon="https://media.test/bed.png", summary="回家")
    make(staff, "餐厨", sort=1)
    items = staff.get("/admin/categories").ok()["items"]
    assert [item["path"] for item in items] == ["餐厨", "居家", "居家/床品件套"]
    moved = staff.put(f"/admin/categories/{beds['id']}", json={"name": "床品", "parent_id": items[0]["id"]}).ok()
    assert moved["path"] == "餐厨/床品"
    assert moved["icon"] is None


def test_what_does_not_fit(staff: Client, cloud: Cloud) -> None:
    ids: list[str] = []
    for depth in range(4):
        ids.append(make(staff, f"第{depth}级", ids[-1] if ids else None, code=f"c{depth}")["id"])
    refused = [
        ({"name": "第4级", "parent_id": ids[3]}, "category_misplaced"),
        ({"name": "孤儿", "parent_id": "cat_nobody"}, "category_misplaced"),
        ({"name": "第0级"}, "name_taken"),
        ({"name": "别的", "code": "c1"}, "code_taken"),
        ({"name": "a/b"}, "invalid"),
        ({"name": "x", "nmae": "y"}, "invalid"),
        ({"name": ""}, "invalid"),
    ]
    for body, code in refused:
        with cloud.unchanged():
            assert staff.post("/admin/categories", json=body).code == code
    for parent, code in ((ids[0], "category_misplaced"), (ids[2], "category_misplaced")):
        with cloud.unchanged():  # under itself, under its own child
            path = f"/admin/categories/{ids[0]}"
            assert staff.put(path, json={"name": "第0级", "parent_id": parent}).code == code
    other = make(staff, "别的")
    with cloud.unchanged():  # a subtree of four levels would become five
        moved = {"name": "第0级", "parent_id": other["id"]}
        assert staff.put(f"/admin/categories/{ids[0]}", json=moved).code == "category_misplaced"
    with cloud.unchanged():
        assert staff.put("/admin/categories/cat_no", json={"name": "x"}).code == "category_not_found"


def test_only_the_empty_are_deleted(staff: Client, cloud: Cloud) -> None:
    category, brand = factories.category("居家/床品"), factories.brand("罗莱")
    product = factories.product(category_id=category.id, brand_id=brand.id)
    for path, code in (
        (f"/admin/categories/{category.parent_id}", "category_in_use"),
        (f"/admin/categories/{category.id}", "category_in_use"),
        (f"/admin/brands/{brand.id}", "brand_in_use"),
        ("/admin/brands/brd_no", "brand_not_found"),
        ("/admin/categories/cat_no", "category_not_found"),
    ):
        with cloud.unchanged():
            assert staff.delete(path).code == code
    other = factories.category("餐厨")
    body = {**factories.fields(category_id=other.id), "version": product.version}
    staff.put(f"/admin/products/{product.id}", json=body).ok()
    assert staff.delete(f"/admin/categories/{category.id}").status == 204
    assert staff.delete(f"/admin/brands/{brand.id}").status == 204
    assert [item["path"] for item in staff.get("/admin/categories").ok()["items"]] == ["居家", "餐厨"]


def test_brands(staff: Client, cloud: Cloud) -> None:
    made = staff.post("/admin/brands", json={"name": "罗莱", "code": "ll", "sort": 1}).ok()
    with cloud.unchanged():
        assert staff.post("/admin/brands", json={"name": "罗莱"}).code == "name_taken"
        assert staff.post("/admin/brands", json={"name": "别", "code": "ll"}).code == "code_taken"
        assert staff.put("/admin/brands/brd_no", json={"name": "别"}).code == "brand_not_found"
    changed = staff.put(f"/admin/brands/{made['id']}", json={"name": "罗莱家纺", "visible": False}).ok()
    assert (changed["name"], changed["visible"], changed["code"]) == ("罗莱家纺", False, None)
    with cloud.unchanged():  # the same again is no change: no event, no new edition
        service.save_brand(factories.BrandFields(name="罗莱家纺", visible=False), made["id"])


def test_two_at_once_never_make_the_same_name_twice(cloud: Cloud) -> None:
    def create(_: int) -> bool:
        try:
            service.save_category(CategoryFields(name="居家"))
        except (errors.NameTaken, errors.TaxonomyEdited):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(16))) == 1
    assert len(service.load_tree().by_id) == 1


def test_a_change_on_an_old_copy_is_refused(cloud: Cloud) -> None:
    old = service.load_tree()
    service.save_category(CategoryFields(name="居家"))
    planned = service.plan_category(old, CategoryFields(name="居家"), None)
    with cloud.unchanged(), pytest.raises(DomainError) as refused:
        service._save(old, planned, None)
    assert isinstance(refused.value, errors.TaxonomyEdited)


def test_a_copy_is_kept_for_seconds_and_a_change_here_is_seen_at_once(cloud: Cloud) -> None:
    assert service.categories() is service.categories()
    factories.category("居家/床品")
    tree = service.categories()
    bed = tree.find("居家/床品")
    assert bed is not None
    assert [each.name for each in tree.path(bed.id)] == ["居家", "床品"]
    assert tree.below(tree.roots[0].id) == set(tree.by_id)
    assert tree.find("居家/没有") is None
    assert tree.path("cat_no") == []
    service.save_category(CategoryFields(name="居家", visible=False), tree.roots[0].id)
    assert not service.categories().is_visible(bed.id)
