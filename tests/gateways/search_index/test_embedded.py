"""What the embedded index finds, in which order, and what it counts."""

from __future__ import annotations

import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.gateways.search_index import building
from chalicelib.gateways.search_index.embedded import EmbeddedIndex
from chalicelib.gateways.search_index.schemas import MAX_HITS, FacetValue, PriceBand, SearchQuery, Sort
from tests.gateways.search_index.factories import NOW, ask, document, found, index_of

HOME = ("cat_home", "居家")
BEDDING = ("cat_bedding", "床品")
KITCHEN = ("cat_kitchen", "餐厨")
COTTON, SILK = ("材质", "棉"), ("材质", "桑蚕丝")


@pytest.fixture(scope="module")
def shop() -> EmbeddedIndex:
    return index_of(
        document(
            "纯棉四件套",
            price_amount=29_900,
            sales=500,
            categories=(HOME, BEDDING),
            brand=("brd_a", "思域"),
            attributes=(COTTON, ("尺寸", "1.5米")),
            listed_at=NOW - timedelta(days=3),
            rating_bps=9_000,
        ),
        document(
            "桑蚕丝被",
            price_amount=89_900,
            sales=50,
            categories=(HOME, BEDDING),
            brand=("brd_b", "丝语"),
            attributes=(SILK, ("尺寸", "1.8米")),
            listed_at=NOW - timedelta(days=1),
            rating_bps=9_500,
        ),
        document(
            "超柔毛巾",
            price_amount=2_900,
            sales=9_000,
            summary="送给爱用四件套的你",
            categories=(HOME,),
            brand=("brd_a", "思域"),
            attributes=(COTTON,),
            listed_at=NOW - timedelta(days=2),
        ),
        document(
            "珐琅锅",
            price_amount=49_900,
            sales=50,
            keywords=("炖汤",),
            categories=(KITCHEN,),
            in_stock=False,
            listed_at=NOW - timedelta(days=4),
            rating_bps=8_000,
        ),
    )


def test_a_name_counts_more_than_a_summary(shop: EmbeddedIndex) -> None:
    assert ask(shop, "四件套") == ["纯棉四件套", "超柔毛巾"]


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [
        ("蚕丝被", ["桑蚕丝被"]),
        ("蚕丝", ["桑蚕丝被"]),
        ("炖汤", ["珐琅锅"]),
        ("丝语", ["桑蚕丝被"]),
        ("餐厨", ["珐琅锅"]),
        ("毛巾", ["超柔毛巾"]),
        ("思域 毛巾", ["超柔毛巾"]),
        ("沙发", []),
    ],
)
def test_keywords_brands_and_categories_are_found_too(shop: EmbeddedIndex, keyword: str, expected: list[str]) -> None:
    assert ask(shop, keyword) == expected


def test_when_nothing_has_all_words_some_words_are_enough(shop: EmbeddedIndex) -> None:
    assert ask(shop, "便宜的纯棉四件套包邮")[0] == "纯棉四件套"
    assert ask(shop, "珐琅沙发") == ["珐琅锅"]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (Sort.RELEVANCE, ["超柔毛巾", "纯棉四件套", "桑蚕丝被", "珐琅锅"]),
        (Sort.SALES, ["超柔毛巾", "纯棉四件套", "桑蚕丝被", "珐琅锅"]),
        (Sort.PRICE_ASC, ["超柔毛巾", "纯棉四件套", "珐琅锅", "桑蚕丝被"]),
        (Sort.PRICE_DESC, ["桑蚕丝被", "珐琅锅", "纯棉四件套", "超柔毛巾"]),
        (Sort.NEWEST, ["桑蚕丝被", "超柔毛巾", "纯棉四件套", "珐琅锅"]),
        (Sort.RATING, ["桑蚕丝被", "纯棉四件套", "珐琅锅", "超柔毛巾"]),
    ],
)
def test_sorts(shop: EmbeddedIndex, sort: Sort, expected: list[str]) -> None:
    assert ask(shop, sort=sort) == expected


@pytest.mark.parametrize("sort", list(Sort))
def test_equal_ones_are_ordered_by_id_however_they_came(sort: Sort) -> None:
    same = [document("毛巾", id=f"prd_{number}") for number in range(30)]
    expected = sorted(each.id for each in same)
    for seed in range(3):
        random.Random(seed).shuffle(same)
        index = index_of(*same)
        assert ask(index, sort=sort, limit=30) == expected
        assert ask(index, "毛巾", sort=sort, limit=30) == expected


def test_filters(shop: EmbeddedIndex) -> None:
    assert set(ask(shop, category_id="cat_home")) == {"纯棉四件套", "桑蚕丝被", "超柔毛巾"}
    assert set(ask(shop, category_id="cat_bedding")) == {"纯棉四件套", "桑蚕丝被"}
    assert ask(shop, category_id="cat_other") == []
    assert set(ask(shop, brand_ids=("brd_a",))) == {"纯棉四件套", "超柔毛巾"}
    assert set(ask(shop, brand_ids=("brd_a", "brd_b"))) == {"纯棉四件套", "桑蚕丝被", "超柔毛巾"}
    assert set(ask(shop, attributes=(("材质", ("棉", "桑蚕丝")),))) == {"纯棉四件套", "桑蚕丝被", "超柔毛巾"}
    assert ask(shop, attributes=(("材质", ("棉", "桑蚕丝")), ("尺寸", ("1.8米",)))) == ["桑蚕丝被"]
    assert ask(shop, attributes=(("材质", ("棉",)), ("尺寸", ("1.8米",)))) == []
    assert set(ask(shop, min_amount=29_900, max_amount=49_900)) == {"纯棉四件套", "珐琅锅"}
    assert ask(shop, min_amount=50_000, max_amount=40_000) == []
    assert "珐琅锅" not in ask(shop, in_stock=True)
    assert ask(shop, "四件套", brand_ids=("brd_a",), max_amount=5_000) == ["超柔毛巾"]


def test_a_filter_does_not_change_the_order(shop: EmbeddedIndex) -> None:
    assert ask(shop, "四件套", category_id="cat_home", in_stock=True) == ask(shop, "四件套")


def test_facets_count_all_hits(shop: EmbeddedIndex) -> None:
    result = shop.search(SearchQuery(NOW, category_id="cat_home", limit=1, facets=True))
    assert result.total == 3
    assert len(result.cards) == 1
    assert result.facets is not None
    assert result.facets.brands == [FacetValue("brd_a", "思域", 2), FacetValue("brd_b", "丝语", 1)]
    assert result.facets.categories == [FacetValue("cat_home", "居家", 3), FacetValue("cat_bedding", "床品", 2)]
    material = result.facets.attributes[0]
    assert material.name == "材质"
    assert [(value.name, value.count) for value in material.values] == [("棉", 2), ("桑蚕丝", 1)]
    assert result.facets.price_bands == [
        PriceBand(0, 5_000, 1),
        PriceBand(20_000, 50_000, 1),
        PriceBand(50_000, 100_000, 1),
    ]


def test_no_hits_have_empty_facets(shop: EmbeddedIndex) -> None:
    result = shop.search(SearchQuery(NOW, keyword="沙发", facets=True))
    assert (result.total, result.cards, result.next_offset) == (0, [], None)
    assert result.facets is not None
    assert result.facets.brands == []


def test_long_values_can_be_filtered_by_but_are_no_facet() -> None:
    long = "本品经过多道环节，" * 10
    index = index_of(document("毛巾", attributes=(("提示", long),)))
    assert ask(index, attributes=(("提示", (long,)),)) == ["毛巾"]
    facets = index.search(SearchQuery(NOW, facets=True)).facets
    assert facets is not None
    assert facets.attributes == []


@pytest.mark.parametrize("sort", list(Sort))
def test_pages_meet_without_gaps(sort: Sort) -> None:
    index = index_of(
        *(document(f"毛巾{number:02d}", sales=number % 7, price_amount=number % 5) for number in range(45))
    )
    whole = ask(index, "毛巾", sort=sort, limit=45)
    offset, pages = 0, []
    while True:
        page = index.search(SearchQuery(NOW, keyword="毛巾", sort=sort, offset=offset, limit=20))
        pages.append(found(page))
        if page.next_offset is None:
            break
        offset = page.next_offset
    assert [len(page) for page in pages] == [20, 20, 5]
    assert list(itertools.chain(*pages)) == whole
    assert len(set(whole)) == 45


def test_beyond_the_end_there_is_nothing_but_the_count(shop: EmbeddedIndex) -> None:
    for offset in (4, 1_000, MAX_HITS, 10**12):
        result = shop.search(SearchQuery(NOW, offset=offset))
        assert (result.cards, result.total, result.next_offset) == ([], 4, None)


def test_products_show_and_go_by_the_clock() -> None:
    index = index_of(
        document("毛巾今天", list_at=NOW),
        document("毛巾明天", list_at=NOW + timedelta(days=1)),
        document("毛巾昨天", unlist_at=NOW),
        document("毛巾永远"),
    )
    assert set(ask(index)) == {"毛巾今天", "毛巾永远"}
    assert set(ask(index, "毛巾")) == {"毛巾今天", "毛巾永远"}
    just_before = NOW - timedelta(milliseconds=1)
    assert set(ask(index, "毛巾", now=just_before)) == {"毛巾昨天", "毛巾永远"}
    assert set(ask(index, now=NOW + timedelta(days=1))) == {"毛巾今天", "毛巾明天", "毛巾永远"}
    assert not {"毛巾明天", "毛巾昨天"} & set(index.suggest("毛巾", now=NOW))
    assert "毛巾明天" in index.suggest("毛巾", now=NOW + timedelta(days=1))


def test_suggestions_begin_with_what_was_typed(shop: EmbeddedIndex) -> None:
    index = index_of(
        *(document(f"{kind}四件套", id=kind) for kind in ("纯棉", "亚麻", "真丝")),
        document("四季被", brand=("b", "iHome"), keywords=("四季 通用",)),
    )
    assert index.suggest("四", now=NOW)[0] == "四件套"
    assert set(index.suggest("四", now=NOW)) == {"四件套", "四季被", "四季", "四季 通用"}
    assert index.suggest("纯", now=NOW, limit=1) == ["纯棉"]
    assert index.suggest("IH", now=NOW) == ["iHome"]
    assert index.suggest("ｉｈ", now=NOW) == ["iHome"]
    assert index.suggest("", now=NOW) == index.suggest("  ", now=NOW) == index.suggest("没有", now=NOW) == []
    assert len(shop.suggest("超", now=NOW, limit=1)) == 1


WEIRD = [
    '"四件套',
    "AND OR NOT",
    "name:毛巾",
    '+-!(){}[]^"~*?:\\/',
    "😀🎉",
    "\x00\x1f",
    "\ud800",
    "毛巾" * 5_000,
    "!" * 10_000,
    "﷽" * 100,
    "%' OR 1=1 --",
    "*",
    "a" * 10_000,
]


@pytest.mark.parametrize("text", WEIRD)
def test_odd_text_is_only_text(shop: EmbeddedIndex, text: str) -> None:
    for sort in Sort:
        shop.search(SearchQuery(NOW, keyword=text, sort=sort, facets=True))
    shop.search(SearchQuery(NOW, category_id=text, brand_ids=(text, ""), attributes=((text, (text,)), ("", ()))))
    shop.suggest(text, now=NOW)


@settings(max_examples=200)
@given(text=st.text(max_size=200), number=st.integers(-(2**53), 2**53), offset=st.integers(0, 2**40))
def test_nothing_raises(shop: EmbeddedIndex, text: str, number: int, offset: int) -> None:
    result = shop.search(
        SearchQuery(
            NOW, keyword=text, brand_ids=(text,), min_amount=number, max_amount=number + 5, offset=offset, facets=True
        )
    )
    assert result.total >= len(result.cards)
    shop.suggest(text, now=NOW)


@pytest.mark.parametrize("text", ["!!!", "😀", "？"])
def test_a_keyword_without_words_finds_nothing_but_blanks_are_no_keyword(shop: EmbeddedIndex, text: str) -> None:
    assert ask(shop, text) == []
    assert len(ask(shop, "   ")) == 4


@given(name=st.text(min_size=1, max_size=40))
@settings(max_examples=50)
def test_any_text_can_be_indexed(name: str) -> None:
    index = index_of(
        document(
            name,
            id="x",
            summary=name,
            keywords=(name,),
            brand=(name, name),
            attributes=((name, name),),
            categories=((name, name),),
        )
    )
    assert ask(index) == ["x"]
    assert ask(index, category_id=name) == ["x"]
    assert ask(index, brand_ids=(name,)) == ["x"]
    assert ask(index, attributes=((name, (name,)),)) == ["x"]
    index.close()


def test_an_empty_index_answers() -> None:
    index = index_of()
    assert len(index) == 0
    assert index.search(SearchQuery(NOW, keyword="毛巾", facets=True)).total == 0
    assert index.suggest("毛", now=NOW) == []


def test_an_id_occurs_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        building.build([document("毛巾"), document("毛巾")])


def test_a_closed_index_still_finishes_for_those_who_hold_it() -> None:
    index = index_of(*(document(f"毛巾{number}") for number in range(500)))
    index.close()
    assert len(ask(index, "毛巾", limit=100)) == 100
    assert index.suggest("毛", now=NOW)


def test_garbage_is_no_index() -> None:
    packed = building.build([document("毛巾")])
    for bad in (b"", b"garbage", packed[: len(packed) // 2]):
        with pytest.raises(Exception):  # noqa: B017
            EmbeddedIndex(bad)


def test_threads_share_an_index(shop: EmbeddedIndex) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: tuple(ask(shop, "四件套")), range(200)))
    assert set(answers) == {("纯棉四件套", "超柔毛巾")}
