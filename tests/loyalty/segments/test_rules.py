"""The rule language: what holds, what is not known, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from chalicelib.loyalty.segments.rules.schemas import FIELDS, MAX_DEPTH, MAX_NODES, About, Kind, Rule
from chalicelib.loyalty.segments.rules.service import matches

RULE: TypeAdapter[Any] = TypeAdapter(Rule)
WORDS = ["a", "b", "330106"]


def holds(rule: Any, known: dict[About, Any]) -> bool:
    return matches(RULE.validate_python(rule), known)


def _conditions() -> st.SearchStrategy[Any]:
    def of(field: About) -> st.SearchStrategy[Any]:
        if FIELDS[field] is Kind.NUMBER:
            ops = st.sampled_from(["is", "at_least", "at_most"])
            return st.fixed_dictionaries({"field": st.just(field), "op": ops, "number": st.integers(0, 3)})
        ops = st.sampled_from(["in", "starts_with"] if FIELDS[field] is Kind.WORD else ["has_any", "has_all"])
        words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)
        return st.fixed_dictionaries({"field": st.just(field), "op": ops, "words": words})

    return st.sampled_from(list(About)).flatmap(of)


def _known() -> st.SearchStrategy[Any]:
    values = {
        Kind.NUMBER: st.integers(0, 3),
        Kind.WORD: st.sampled_from(WORDS),
        Kind.WORDS: st.lists(st.sampled_from(WORDS)),
    }
    return st.fixed_dictionaries({}, optional={each: values[kind] for each, kind in FIELDS.items()})


RULES = st.recursive(
    _conditions(),
    lambda deeper: st.one_of(
        *(st.lists(deeper, min_size=1, max_size=3).map(lambda found, key=key: {key: found}) for key in ("all", "any")),
        deeper.map(lambda found: {"none": [found]}),
    ),
    max_leaves=4,
).filter(lambda rule: _depth(rule) <= MAX_DEPTH - 2)


def _depth(rule: Any) -> int:
    under = [each for key in ("all", "any", "none") for each in rule.get(key, [])]
    return 1 + max((_depth(each) for each in under), default=0)


class TestLogic:
    @given(RULES, RULES, _known())
    def test_de_morgan(self, one: Any, other: Any, known: Any) -> None:
        nots = [{"none": [one]}, {"none": [other]}]
        assert holds({"none": [one, other]}, known) == holds({"all": nots}, known)
        assert holds({"none": [{"all": [one, other]}]}, known) == holds({"any": nots}, known)

    @given(RULES, _known())
    def test_not_not(self, rule: Any, known: Any) -> None:
        assert holds({"none": [{"none": [rule]}]}, known) == holds(rule, known)
        assert holds({"none": [rule]}, known) != holds(rule, known)

    @given(RULES)
    def test_a_rule_is_stored_as_it_was_written(self, rule: Any) -> None:
        built = RULE.validate_python(rule)
        assert RULE.validate_json(RULE.dump_json(built)) == built

    @given(_conditions())
    def test_of_the_unknown_the_answer_is_no(self, condition: Any) -> None:
        assert not holds(condition, {})


@pytest.mark.parametrize(
    ("condition", "value", "expected"),
    [
        ({"field": "order_count", "op": "is", "number": 2}, 2, True),
        ({"field": "order_count", "op": "is", "number": 2}, 3, False),
        ({"field": "order_count", "op": "at_least", "number": 2}, 2, True),
        ({"field": "order_count", "op": "at_least", "number": 2}, 1, False),
        ({"field": "order_count", "op": "at_most", "number": 2}, 2, True),
        ({"field": "order_count", "op": "at_most", "number": 2}, 3, False),
        ({"field": "order_count", "op": "at_most", "number": 0}, 0, True),
        ({"field": "region", "op": "starts_with", "words": ["31", "3301"]}, "330106", True),
        ({"field": "region", "op": "starts_with", "words": ["31"]}, "330106", False),
        ({"field": "level", "op": "in", "words": ["gold", "silver"]}, "gold", True),
        ({"field": "level", "op": "in", "words": ["goldfish"]}, "gold", False),
        ({"field": "tags", "op": "has_any", "words": ["a", "z"]}, ["a", "b"], True),
        ({"field": "tags", "op": "has_all", "words": ["a", "z"]}, ["a", "b"], False),
        ({"field": "tags", "op": "has_all", "words": ["a", "b"]}, ["b", "a"], True),
    ],
)
def test_conditions(condition: dict[str, Any], value: Any, expected: bool) -> None:
    assert holds(condition, {About(condition["field"]): value}) is expected


def _deep(levels: int) -> Any:
    rule: Any = {"field": "order_count", "op": "is", "number": 1}
    for _ in range(levels - 1):
        rule = {"none": [rule]}
    return rule


def _wide(nodes: int) -> Any:
    leaf, lists = _deep(1), []
    left = nodes - 1
    while left:
        size = min(left - 1, 19)
        lists.append({"any": [leaf] * size})
        left -= size + 1
    return {"all": lists}


@pytest.mark.parametrize(
    "rule",
    [
        None,
        [],
        "x",
        {},
        {"all": []},
        {"all": "x"},
        {"all": [1]},
        {"all": [_deep(1)], "any": [_deep(1)]},
        {"field": "password", "op": "is", "number": 1},
        {"field": "order_count", "op": "in", "words": ["1"]},
        {"field": "order_count", "op": "is", "words": ["1"]},
        {"field": "order_count", "op": "is"},
        {"field": "order_count", "op": "is", "number": 1, "words": ["1"]},
        {"field": "order_count", "op": "is", "number": 1.5},
        {"field": "order_count", "op": "is", "number": 10**12},
        {"field": "level", "op": "in", "words": []},
        {"field": "level", "op": "is", "number": 1},
        _deep(MAX_DEPTH + 1),
        _deep(400),
        _wide(MAX_NODES + 2),
    ],
)
def test_refused(rule: Any) -> None:
    with pytest.raises(ValidationError):
        RULE.validate_python(rule)


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"field": "gender", "op": "at_least", "number": 1}, ("condition",)),
        ({"any": [{"none": [{"field": "x", "op": "is", "number": 1}]}]}, ("any", "any", 0, "none", "none", 0)),
        ({"all": []}, ("all", "all")),
    ],
)
def test_a_mistake_is_told_where_it_is(rule: Any, field: tuple[Any, ...]) -> None:
    """Once, about what was meant, and not about all that a part could have been."""
    with pytest.raises(ValidationError) as refusal:
        RULE.validate_python(rule)
    (error,) = refusal.value.errors()
    assert error["loc"][: len(field)] == field


def test_the_largest_are_taken() -> None:
    assert RULE.validate_python(_deep(MAX_DEPTH))
    assert RULE.validate_python(_wide(MAX_NODES))
