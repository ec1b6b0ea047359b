"""Pages: a walk sees every item once; a cursor is good for its own list and for nothing else."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import pages
from chalicelib.core.errors import Invalid
from chalicelib.core.settings import settings
from tests.core.things import Part, answered, recorded, refused
from tests.harness import Cloud

pytestmark = pytest.mark.usefixtures("tables")


@pytest.fixture
def parts(tables: Cloud) -> list[str]:
    """23 parts of one owner, every third red; some of another."""
    made = [f"{i:03}" for i in range(23)]
    for i, each in enumerate(made):
        Part(owner="ann", id=each, color="red" if i % 3 == 0 else "blue", count=i).save()
    for each in made[:4]:
        Part(owner="bob", id=each, color="red", count=0).save()
    return made


def walk(ask: Callable[[str | None], tuple[list[Any], str | None]]) -> list[list[str]]:
    """The ids of every page until there is no cursor."""
    seen, cursor = [], None
    for _ in range(60):
        items, cursor = ask(cursor)
        seen.append([each.id for each in items])
        if cursor is None:
            return seen
    raise AssertionError("no end")


def flat(seen: list[list[str]]) -> list[str]:
    return [each for page in seen for each in page]


class TestWalk:
    @pytest.mark.dynoxide
    @pytest.mark.parametrize("limit", [1, 5, 22, 23, 24, 100])
    @pytest.mark.parametrize("newest_first", [True, False])
    def test_every_item_once_in_order(self, parts: list[str], limit: int, newest_first: bool) -> None:
        seen = walk(lambda cursor: pages.query(Part, "ann", limit=limit, cursor=cursor, newest_first=newest_first))
        assert flat(seen) == (parts[::-1] if newest_first else parts)
        assert all(len(each) == limit for each in seen[:-1])

    @pytest.mark.dynoxide
    def test_over_an_index(self, parts: list[str]) -> None:
        seen = walk(lambda cursor: pages.query(Part.by_color, "red", limit=5, cursor=cursor))
        assert sorted(flat(seen)) == sorted([*parts[::3], *parts[:4]])

    @pytest.mark.dynoxide
    @pytest.mark.parametrize("limit", [1, 3, 8, 50])
    def test_with_a_filter(self, parts: list[str], limit: int) -> None:
        red = Part.color == "red"
        seen = walk(lambda cursor: pages.query(Part, "ann", limit=limit, cursor=cursor, filter_condition=red))
        assert flat(seen) == parts[::3][::-1]
        assert all(len(each) == limit for each in seen[:-1])

    @pytest.mark.dynoxide
    def test_with_a_filter_over_an_index(self, parts: list[str]) -> None:
        many = Part.count >= 5
        seen = walk(lambda cursor: pages.query(Part.by_color, "blue", limit=4, cursor=cursor, filter_condition=many))
        assert flat(seen) == [each for i, each in enumerate(parts) if i % 3 and i >= 5][::-1]

    def test_with_a_range(self, parts: list[str]) -> None:
        between = Part.id.between("005", "015")
        seen = walk(lambda cursor: pages.query(Part, "ann", between, limit=4, cursor=cursor))
        assert flat(seen) == parts[5:16][::-1]

    def test_nothing(self) -> None:
        assert pages.query(Part, "nobody", limit=5, cursor=None) == ([], None)

    def test_a_page_is_one_round_trip(self, parts: list[str]) -> None:
        with recorded("Query") as calls:
            pages.query(Part, "ann", limit=5, cursor=None)
            pages.query(Part, "ann", limit=5, cursor=None, filter_condition=Part.count == 3)
        assert [call["Limit"] for call in calls] == [5, pages.FILTERED]

    def test_consistent_when_asked(self, parts: list[str]) -> None:
        with recorded("Query") as calls:
            pages.query(Part, "ann", limit=5, cursor=None, consistent=True)
            pages.query(Part, "ann", limit=5, cursor=None)
        assert [call.get("ConsistentRead", False) for call in calls] == [True, False]

    def test_what_comes_and_goes_between_pages(self, parts: list[str]) -> None:
        first, cursor = pages.query(Part, "ann", limit=5, cursor=None)
        first[-1].delete()
        Part(owner="ann", id="999").save()
        rest = walk(lambda more: pages.query(Part, "ann", limit=5, cursor=more or cursor))
        assert flat(rest) == parts[::-1][5:]


class TestCursors:
    @pytest.fixture
    def cursor(self, parts: list[str]) -> str:
        _, cursor = pages.query(Part, "ann", limit=5, cursor=None)
        assert cursor
        return cursor

    def refuses(self, ask: Callable[[], Any]) -> None:
        with pytest.raises(Invalid) as caught:
            ask()
        assert caught.value.details == {"errors": [{"field": "cursor", "issue": "not a cursor of this list"}]}

    @pytest.mark.parametrize(
        "more",
        [
            {"hash_key": "bob"},
            {"newest_first": False},
            {"source": Part.by_color},
            {"source": Part.by_color, "hash_key": "red"},
        ],
    )
    def test_of_another_list(self, cursor: str, more: dict[str, Any]) -> None:
        self.refuses(lambda: pages.query(**{"source": Part, "hash_key": "ann", "limit": 5, "cursor": cursor, **more}))

    def test_another_limit_is_the_same_list(self, cursor: str, parts: list[str]) -> None:
        items, _ = pages.query(Part, "ann", limit=2, cursor=cursor)
        assert [each.id for each in items] == parts[::-1][5:7]

    def test_of_a_feature_whose_classes_have_the_same_names(self, cursor: str) -> None:
        twin = type("Part", (Part,), {"__module__": "elsewhere", "Meta": Part.Meta})
        self.refuses(lambda: pages.query(twin, "ann", limit=5, cursor=cursor))

    def test_of_another_range_where_dynamodb_refuses_the_start(self, cursor: str) -> None:
        """Ours, but outside of what is asked for now: DynamoDB's ValidationException is no 500."""
        with answered("Query", refused("ValidationException")):
            self.refuses(lambda: pages.query(Part, "ann", Part.id >= "020", limit=5, cursor=cursor))
        with answered("Query", refused("ValidationException")), pytest.raises(Exception, match="Validation"):
            pages.query(Part, "ann", limit=5, cursor=None)
        with answered("Query", refused("AccessDeniedException")), pytest.raises(Exception, match="AccessDenied"):
            pages.query(Part, "ann", limit=5, cursor=cursor)

    @pytest.mark.parametrize("bad", ["", "x", "====", "a" * 2000, "not base64!", "é", "AAAA", "e30", "\x00", "abcde"])
    def test_nonsense(self, bad: str) -> None:
        self.refuses(lambda: pages.decode(bad, "scope"))

    @given(st.text(max_size=60))
    def test_any_text(self, text: str) -> None:
        self.refuses(lambda: pages.decode(text, "scope"))

    def test_forged_byte_by_byte(self, cursor: str) -> None:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        for i in range(len(raw)):
            forged = bytearray(raw)
            forged[i] ^= 1
            text = base64.urlsafe_b64encode(bytes(forged)).decode().rstrip("=")
            self.refuses(lambda text=text: pages.query(Part, "ann", limit=5, cursor=text))

    def test_of_another_secret(self, cursor: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SIYU_SESSION_SECRET", "another secret, just as long as it must be")
        settings.cache_clear()
        try:
            self.refuses(lambda: pages.query(Part, "ann", limit=5, cursor=cursor))
        finally:
            monkeypatch.undo()
            settings.cache_clear()

    @hypothesis.settings(max_examples=40)
    @given(st.recursive(st.none() | st.integers() | st.text(), lambda each: st.dictionaries(st.text(), each)))
    def test_positions_come_back(self, position: Any) -> None:
        cursor = pages.encode(position, "scope")
        assert pages.decode(cursor, "scope") == position
        assert cursor.isascii()
        assert not set(cursor) & set("=+/ ?&")

    def test_none_is_the_beginning(self) -> None:
        assert pages.decode(None, "scope") is None
