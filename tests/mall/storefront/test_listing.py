"""Lists of products over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.mall.catalog.products.models import Product
from infra.local import faults
from tests.harness import Client, Cloud, MovableClock
from tests.mall.catalog import factories as catalog
from tests.mall.storefront.factories import buyer, names

Refresh = Callable[[], object]


@pytest.fixture
def shop(http: Client, refresh: Refresh) -> dict[str, Product]:
    """Four products on sale, one in the drawer."""
    towels, kitchen = catalog.category("居家/毛巾"), catalog.category("餐厨")
    made = [
        catalog.product(name="轻奢纯棉四件套", brand_id=catalog.brand("罗莱").id),
        catalog.product(name="桑蚕丝被", attributes=[{"name": "材质", "value": "桑蚕丝"}], **catalog.plain(129_900)),
        catalog.product(
            name="超柔毛巾",
            category_id=towels.id,
            brand_id=catalog.brand("思域").id,
            attributes=[{"name": "材质", "value": "100%棉, 长绒"}],
            **catalog.plain(2_900),
        ),
        catalog.product(name="珐琅锅", category_id=kitchen.id, attributes=[], **catalog.plain(49_900, stock=0)),
        catalog.product(name="秘密四件套", listed=False),
    ]
    refresh()
    return {product.name: product for product in made}


def test_a_list_shows_what_is_listed(http: Client, shop: dict[str, Product]) -> None:
    answer = http.get("/products").ok()
    assert answer["total"] == 4
    assert answer["cursor"] is None
    assert answer["facets"] is None
    card = next(each for each in answer["items"] if each["name"] == "轻奢纯棉四件套")
    product = shop["轻奢纯棉四件套"]
    assert card == {
        "id": product.id,
        "name": "轻奢纯棉四件套",
        "summary": "设计师原款，精致绣花",
        "picture": "https://media.test/set.jpg",
        "price_amount": 89_900,
        "price_max_amount": 99_900,
        "market_price_amount": 91_900,
        "sold_quantity": 0,
        "in_stock": True,
        "category_id": product.category_id,
        "brand_id": product.brand_id,
        "review_count": 0,
        "average_stars_bps": 0,
    }


def test_search_filters_and_sorts(http: Client, shop: dict[str, Product]) -> None:
    assert names(http, keyword="四件套") == ["轻奢纯棉四件套"]
    assert names(http, keyword="蚕丝被") == ["桑蚕丝被"]
    assert names(http, keyword="罗莱") == ["轻奢纯棉四件套"]
    assert names(http, keyword="沙发") == []
    home = catalog.category("居家").id
    assert set(names(http, category_id=home)) == {"轻奢纯棉四件套", "桑蚕丝被", "超柔毛巾"}
    both = [catalog.brand("罗莱").id, catalog.brand("思域").id]
    assert (
        set(names(http, brand_ids=both)) == set(names(http, brand_ids=",".join(both))) == {"轻奢纯棉四件套", "超柔毛巾"}
    )
    assert names(http, attributes="材质:桑蚕丝") == ["桑蚕丝被"]
    assert set(names(http, attributes=["材质:桑蚕丝", "材质:100%棉"])) == {"桑蚕丝被", "轻奢纯棉四件套"}
    assert names(http, attributes=["材质:100%棉", "尺寸:1.5m"]) == ["轻奢纯棉四件套"]
    assert names(http, attributes=["材质:桑蚕丝", "尺寸:1.5m"]) == []
    assert set(names(http, min_amount=49_900, max_amount=89_900)) == {"珐琅锅", "轻奢纯棉四件套"}
    assert "珐琅锅" not in names(http, in_stock="true")
    assert names(http, sort="price_asc") == ["超柔毛巾", "珐琅锅", "轻奢纯棉四件套", "桑蚕丝被"]
    assert names(http, sort="price_desc")[0] == "桑蚕丝被"


def test_a_facet_can_be_asked_for_as_it_is_given(http: Client, shop: dict[str, Product]) -> None:
    facets = http.get("/products", query={"facets": "true"}).ok()["facets"]
    assert {each["name"]: each["count"] for each in facets["brands"]} == {"罗莱": 1, "思域": 1}
    assert {each["name"]: each["count"] for each in facets["categories"]}["居家"] == 3
    assert [band["count"] for band in facets["price_bands"]] == [1, 1, 1, 1]
    material = next(each for each in facets["attributes"] if each["name"] == "材质")
    assert len(material["values"]) == 3
    for value in material["values"]:
        found = http.get("/products", query={"attributes": f"材质:{value['id']}"}).ok()
        assert found["total"] == value["count"], value


def test_what_staff_hide_is_no_facet(http: Client, refresh: Refresh) -> None:
    catalog.product(
        category_id=catalog.category("内部", visible=False).id, brand_id=catalog.brand("内部", visible=False).id
    )
    refresh()
    facets = http.get("/products", query={"facets": "true"}).ok()["facets"]
    assert (facets["brands"], facets["categories"]) == ([], [])


def test_pages_meet(http: Client, refresh: Refresh) -> None:
    for number in range(5):
        catalog.product(name=f"毛巾{number}", **catalog.plain(price_amount=1_000))
    refresh()
    seen, cursor = [], None
    while True:
        answer = http.get("/products", query={"keyword": "毛巾", "limit": 2, "cursor": cursor}).ok()
        assert answer["total"] == 5
        seen += [each["name"] for each in answer["items"]]
        cursor = answer["cursor"]
        if cursor is None:
            break
    assert sorted(seen) == [f"毛巾{number}" for number in range(5)]


def test_a_cursor_is_of_one_list(http: Client, refresh: Refresh) -> None:
    for number in range(3):
        catalog.product(name=f"毛巾{number}")
    refresh()
    cursor = http.get("/products", query={"keyword": "毛巾", "limit": 1}).ok()["cursor"]
    assert http.get("/products", query={"keyword": "毛巾", "limit": 2, "cursor": cursor}).status == 200
    for query in ({"keyword": "锅"}, {"keyword": "毛巾", "sort": "sales"}, {}):
        assert http.get("/products", query={**query, "cursor": cursor}).code == "invalid"
    assert http.get("/products", query={"cursor": "nonsense"}).code == "invalid"


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 101},
        {"sort": "best"},
        {"min_amount": -1},
        {"min_amount": 10**18},
        {"keyword": "锅" * 201},
        {"attributes": "材质"},
        {"brand_ids": "a b"},
        {"unknown": 1},
    ],
)
def test_what_makes_no_sense_is_refused(http: Client, cloud: Cloud, query: dict[str, object]) -> None:
    with cloud.unchanged():
        assert (http.get("/products", query=query).status) == 422


@pytest.mark.parametrize("keyword", ['"', "AND", "name:*", "😀", "!!!", "' OR 1=1", "\u200b", "%00", "+"])
def test_odd_keywords_are_only_text(http: Client, shop: dict[str, Product], keyword: str) -> None:
    assert http.get("/products", query={"keyword": keyword}).status == 200
    assert http.get("/products/suggestions", query={"prefix": keyword}).status == 200


def test_an_empty_mall_has_an_empty_list(http: Client) -> None:
    assert http.get("/products", query={"facets": "true"}).ok() == {
        "items": [],
        "cursor": None,
        "total": 0,
        "facets": {"brands": [], "categories": [], "attributes": [], "price_bands": []},
    }


def test_schedules_take_effect_to_the_moment(http: Client, refresh: Refresh, frozen: MovableClock) -> None:
    tomorrow = frozen.at + timedelta(days=1)
    catalog.product(name="今天毛巾", unlist_at=tomorrow)
    catalog.product(name="明天毛巾", list_at=tomorrow)
    refresh()
    assert names(http) == names(http, keyword="毛巾") == ["今天毛巾"]
    assert http.get("/products/suggestions", query={"prefix": "明天"}).ok() == {"items": []}
    frozen.set(tomorrow - timedelta(milliseconds=1))
    assert names(http) == ["明天毛巾"]
    frozen.set(tomorrow - timedelta(milliseconds=3))
    assert names(http, keyword="毛巾") == ["今天毛巾"]


def test_a_list_costs_no_round_trip(http: Client, shop: dict[str, Product], frozen: MovableClock) -> None:
    names(http)
    with faults.watched() as watch:
        names(http, keyword="四件套")
        names(http, sort="sales", category_id=catalog.category("居家").id)
    assert watch.steps == []
    frozen.move(seconds=11)
    with faults.watched() as watch:
        names(http)
    assert watch.steps == ["s3 GetObject"]


def test_a_member_s_search_costs_one_write(http: Client, shop: dict[str, Product]) -> None:
    member = buyer(http)
    names(member)
    with faults.watched() as watch:
        answer = member.get("/products", query={"keyword": "四件套", "limit": 1})
    assert answer.status == 200
    assert watch.steps == ["dynamodb PutItem"]


def test_a_search_that_can_not_be_remembered_still_answers(http: Client, shop: dict[str, Product]) -> None:
    member = buyer(http)
    with faults.broken("PutItem", times=50):
        assert names(member, keyword="四件套") == ["轻奢纯棉四件套"]
    assert member.get("/me/searches").ok() == {"items": []}


def test_a_forged_token_is_not_just_anybody(http: Client, cloud: Cloud) -> None:
    with cloud.unchanged():
        assert http.as_("forged").get("/products").status == 401


def test_without_storage_the_list_goes_on(http: Client, shop: dict[str, Product], frozen: MovableClock) -> None:
    assert len(names(http)) == 4
    frozen.move(seconds=11)
    with faults.broken("GetObject", times=50):
        assert len(names(http)) == 4


def test_a_new_container_without_storage_says_so(http: Client, shop: dict[str, Product]) -> None:
    from chalicelib.gateways.search_index import service

    service.forget()
    with faults.broken("GetObject", times=50):
        reply = http.get("/products")
    assert (reply.status, reply.code) == (503, "search_unavailable")
    assert len(names(http)) == 4


def test_suggestions(http: Client, shop: dict[str, Product]) -> None:
    assert http.get("/products/suggestions", query={"prefix": "四"}).ok()["items"][0] == "四件套"
    assert "桑蚕丝被" in http.get("/products/suggestions", query={"prefix": "桑蚕"}).ok()["items"]
    assert http.get("/products/suggestions", query={"prefix": "秘密"}).ok()["items"] == []
    assert http.get("/products/suggestions", query={"prefix": " "}).ok()["items"] == []
    assert http.get("/products/suggestions").status == 422
    edit = {"pinned": ["四季被", "毛毯"]}
    http.as_(catalog.staff_token()).put("/admin/hot-words", json=edit).ok()
    assert http.get("/products/suggestions", query={"prefix": "四"}).ok()["items"][:2] == ["四季被", "四件套"]
    assert http.get("/products/suggestions", query={"prefix": "四", "limit": 1}).ok()["items"] == ["四季被"]
