"""Freight templates, and baskets that travel by them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from chalicelib.mall.identity.regions.service import children_of
from chalicelib.trade.freight.models import MALL, FreightRule
from chalicelib.trade.freight.rates.schemas import Charging, Rates
from chalicelib.trade.freight.rates.service import Tariff
from chalicelib.trade.pricing.schemas import PricedLine
from tests.trade.pricing import factories as pricing

ZHEJIANG, HANGZHOU, XIHU = "330000", "330100", "330106"
XINJIANG, URUMQI, TIANSHAN = "650000", "650100", "650102"
XUHUI = "310104"
DISTRICTS = [XUHUI, XIHU, TIANSHAN, "441900", "110105"]
assert not children_of("441900"), "a city without counties"


def rates(first: tuple[int, int] = (1, 1000), further: tuple[int, int] = (1, 500), **free: Any) -> dict[str, Any]:
    """So much for the first so many, so much for each further so many."""
    return {
        "first_units": first[0],
        "first_amount": first[1],
        "further_units": further[0],
        "further_amount": further[1],
        **free,
    }


def template(name: str = "快递", charging: str = "piece", **more: Any) -> dict[str, Any]:
    """A template as staff write it: ten yuan for the first piece, five for each further one, everywhere."""
    return {"name": name, "charging": charging, "default_rule": rates(), **more}


def line(
    number: int, quantity: int = 1, *, price: int = 1000, grams: int = 0, ml: int = 0, template_id: str = ""
) -> PricedLine:
    """A line that travels by a template."""
    made = pricing.line(price, quantity, number)
    return made.model_copy(update={"weight_grams": grams, "volume_ml": ml, "freight_template_id": template_id})


def flat(amount: int = 1000, free_over: int | None = None, **more: Any) -> FreightRule:
    """The mall's own rule."""
    return FreightRule(id=MALL, flat_amount=amount, free_over_amount=free_over, **more)


_fen = st.one_of(st.integers(0, 50), st.integers(0, 1_000_000))
_steps = st.one_of(st.integers(1, 7), st.integers(1, 5_000))
any_rates = st.builds(Rates, first_units=_steps, first_amount=_fen, further_units=_steps, further_amount=_fen)
free_rates = st.builds(
    Rates,
    first_units=_steps,
    first_amount=_fen,
    further_units=_steps,
    further_amount=_fen,
    free_over_amount=st.one_of(st.none(), st.integers(0, 100_000)),
    free_over_pieces=st.one_of(st.none(), st.integers(1, 30)),
)
_regions = st.sampled_from([ZHEJIANG, HANGZHOU, XIHU, XINJIANG, URUMQI, TIANSHAN, "440000", "441900", "110000"])


def tariffs(some_rates: st.SearchStrategy[Rates], *, everywhere: bool = False) -> st.SearchStrategy[dict[str, Tariff]]:
    """Two templates, ``frt_1`` and ``frt_2``; *everywhere*: they deliver to every region."""
    there = some_rates if everywhere else st.one_of(st.none(), some_rates)
    one = st.tuples(st.sampled_from(Charging), st.dictionaries(_regions, there, max_size=4), there)
    return st.tuples(one, one).map(
        lambda both: {f"frt_{number}": Tariff(f"frt_{number}", *each) for number, each in enumerate(both, 1)}
    )


lines = st.lists(
    st.builds(
        line,
        st.integers(1, 99),
        st.integers(1, 999),
        price=st.one_of(st.integers(0, 200), st.integers(0, 1_000_000)),
        grams=st.one_of(st.just(0), st.integers(0, 30_000)),
        ml=st.one_of(st.just(0), st.integers(0, 30_000)),
        template_id=st.sampled_from(["", "frt_1", "frt_2", "frt_gone"]),
    ),
    min_size=1,
    max_size=6,
)
