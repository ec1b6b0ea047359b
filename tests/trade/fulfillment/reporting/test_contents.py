"""What an upload says, alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.gateways.wechat.shipping import DESCRIPTION_LENGTH
from chalicelib.trade.fulfillment.reporting.contents.service import description, masked
from chalicelib.trade.fulfillment.shipments.models import ParcelLine


def line(name: str, quantity: int = 1) -> ParcelLine:
    return ParcelLine(line=0, sku_id="sku_1", name=name, quantity=quantity)


def test_pieces_of_a_name_are_added_up() -> None:
    assert description([line("枕头", 2), line("蚕丝被"), line("枕头")]) == "枕头*3；蚕丝被*1"


def test_a_long_list_is_cut_and_says_how_many() -> None:
    text = description([line(f"商品{each}" * 5, each) for each in range(1, 30)])
    assert (len(text), text.endswith("…等435件")) == (DESCRIPTION_LENGTH, True)


@given(st.lists(st.builds(line, st.text(max_size=200), st.integers(1, 99)), max_size=40))
def test_a_description_is_always_one_wechat_takes(lines: list[ParcelLine]) -> None:
    text = description(lines)
    assert 1 <= len(text.strip()) <= len(text) <= DESCRIPTION_LENGTH
    assert text.isprintable()


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("13800001234", "138****1234"), ("+852 9123 4567", "852****4567"), ("021-61234567", "021****4567")],
)
def test_a_phone_is_masked(phone: str, shown: str) -> None:
    assert masked(phone) == shown


@given(st.from_regex(r"\+?[0-9]{2,4}-?[0-9]{6,11}", fullmatch=True))
def test_four_digits_at_the_end_stay_and_no_whole_number(phone: str) -> None:
    shown = masked(phone)
    assert shown[-4:].isdigit()
    assert phone not in shown
