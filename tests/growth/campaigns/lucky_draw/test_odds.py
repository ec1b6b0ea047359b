"""The number and the prize: an exact mapping, tried over every wheel."""

from __future__ import annotations

import secrets
from collections import Counter as Count

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.growth.campaigns.lucky_draw.odds.service import fingerprint, odds_bps, prize_at, throw
from chalicelib.growth.campaigns.lucky_draw.schemas import LuckyDrawSettings

WEIGHTS = some.lists(some.integers(0, 60), min_size=2, max_size=12).filter(any)


def wheel(weights: list[int]) -> LuckyDrawSettings:
    prizes = [{"id": f"p{number}", "title": "奖", "weight": weight} for number, weight in enumerate(weights)]
    return LuckyDrawSettings.model_validate({"prizes": prizes, "fallback": "p0", "free_daily": 1})


@given(weights=WEIGHTS)
def test_each_prize_has_as_many_numbers_as_its_weight(weights: list[int]) -> None:
    settings = wheel(weights)
    numbers = Count(prize_at(settings, number).id for number in range(settings.total_weight))
    assert numbers == {f"p{number}": weight for number, weight in enumerate(weights) if weight}
    in_order = [prize_at(settings, number).id for number in range(settings.total_weight)]
    assert in_order == sorted(in_order, key=lambda each: int(each[1:]))
    for outside in (-1, settings.total_weight):
        with pytest.raises(ValueError, match="not below"):
            prize_at(settings, outside)


@given(weights=WEIGHTS)
def test_the_odds_shown_sum_to_all_and_are_true_to_a_ten_thousandth(weights: list[int]) -> None:
    settings = wheel(weights)
    shown = odds_bps(settings)
    assert sum(shown.values()) == 10_000
    for number, weight in enumerate(weights):
        assert abs(shown[f"p{number}"] * settings.total_weight - weight * 10_000) < settings.total_weight
        assert weight or not shown[f"p{number}"]


def test_the_source_reaches_every_number_and_no_other() -> None:
    """A chi-squared sum over ten numbers; beyond 40 is less than once in 100,000 runs."""
    count = Count(throw(10) for _ in range(5000))
    assert set(count) == set(range(10))
    assert sum((count[number] - 500) ** 2 / 500 for number in range(10)) < 40


def test_the_source_is_the_cryptographic_one(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(secrets, "randbelow", lambda below: asked.append(below) or 7)  # type: ignore[func-returns-value]
    assert (throw(1000), asked) == (7, [1000])


def test_the_fingerprint_changes_with_whatever_gives_a_number_its_meaning() -> None:
    marks = {fingerprint(wheel(weights)) for weights in ([1, 2, 3], [1, 3, 2], [3, 2, 1], [1, 2, 3, 0])}
    assert len(marks) == 4
    other = wheel([1, 2, 3]).model_copy(update={"fallback": "p1"})
    assert fingerprint(other) not in marks
    titled = wheel([1, 2, 3])
    titled.prizes[0].title = "别的"
    assert fingerprint(titled) in marks
