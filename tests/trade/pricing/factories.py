"""Baskets for the tests of prices."""

from __future__ import annotations

from hypothesis import strategies as st

from chalicelib.trade.pricing.schemas import PricedLine, Target
from chalicelib.trade.pricing.service import Quote
from tests.harness import START


def line(unit_amount: int, quantity: int = 1, number: int = 1) -> PricedLine:
    """A line of a basket."""
    return PricedLine(
        product_id=f"prd_{number}",
        sku_id=f"sku_{number}",
        stock_owner=f"prd_{number}",
        name="蚕丝被",
        spec="",
        picture="",
        quantity=quantity,
        unit_amount=unit_amount,
        goods_amount=unit_amount * quantity,
    )


def quote(*lines: PricedLine) -> Quote:
    """A quote of these lines, each its own."""
    return Quote("mem_1", START, [each.model_copy() for each in lines])


_amounts = st.one_of(st.integers(0, 200), st.integers(0, 5_000_000))
quotes = st.lists(st.builds(line, _amounts, st.integers(1, 9)), min_size=1, max_size=6).map(lambda found: quote(*found))
steps = st.lists(
    st.tuples(
        st.sampled_from(Target),
        st.one_of(st.integers(-300, 300), st.integers(-9_000_000, 9_000_000)),
        st.one_of(st.none(), st.lists(st.integers(0, 1000), min_size=6, max_size=6)),
    ),
    max_size=5,
)
"""What adjusters may do: goods or freight, a charge or a discount, with weights or without."""
