"""Whatever goes in, WeChat takes it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.growth.notifications.kinds.schemas import Type, Value
from chalicelib.growth.notifications.kinds.service import kinds
from chalicelib.growth.notifications.models import Field, MessageTemplate
from chalicelib.growth.notifications.templates.service import page_of, render
from chalicelib.growth.notifications.values.service import FIXED, KEYWORD, TAKES, fit, type_of
from infra.local.partners.wechat import message_rules

WHEN = datetime(2026, 11, 24, 2, 5, tzinfo=UTC)
VALUES = st.one_of(
    st.text(max_size=60),
    st.text(st.characters(categories=["C", "Z", "S", "N"]), max_size=60),
    st.text("王小明abc 😀é\u200b\n\t\ud800¥1", max_size=60),
    st.integers(-(10**12), 10**12),
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
)


@given(st.sampled_from(sorted(TAKES)), VALUES, st.sampled_from(Type))
def test_whatever_goes_in_the_strict_rules_take_it(kind: str, value: Value, of: Type) -> None:
    keyword = f"{kind}1"
    said = fit(keyword, value, of)
    assert message_rules.check([keyword], {keyword: {"value": said}}) == {keyword: said}


@given(st.sampled_from(sorted(FIXED)), st.text(max_size=40))
def test_what_fits_is_left_alone(kind: str, text: str) -> None:
    once = fit(f"{kind}1", text)
    assert fit(f"{kind}1", once) == once


@pytest.mark.parametrize(
    ("keyword", "value", "of", "said"),
    [
        ("thing1", "蚕丝被 四季款 200×230cm 桑蚕丝一级长丝", Type.TEXT, "蚕丝被 四季款 200×230cm 桑…"),
        ("thing1", "line\nbreak\x00\u200b", Type.TEXT, "line break"),
        ("thing1", "  ", Type.TEXT, "无"),
        ("thing1", "😀" * 11, Type.TEXT, "😀" * 9 + "…"),
        ("thing1", 9900, Type.AMOUNT, "¥99.00"),
        ("thing1", WHEN, Type.TIME, "2026年11月24日 10:05"),
        ("amount2", 1, Type.AMOUNT, "¥0.01"),
        ("amount2", 10_000_000_000, Type.AMOUNT, "¥100000000"),
        ("amount2", 9_999_999_999, Type.AMOUNT, "¥99999999.99"),
        ("number2", 3, Type.NUMBER, "3"),
        ("time3", WHEN, Type.TIME, "2026年11月24日 10:05"),
        ("date3", WHEN, Type.TIME, "2026年11月24日"),
        ("character_string4", "SF 123-中文", Type.CODE, "SF123-"),
        ("name5", "王小明", Type.NAME, "王小明"),
        ("name5", "欧阳娜娜的外婆家的表姐", Type.NAME, "欧阳娜娜的外婆家的…"),
        ("name5", "Bartholomew Longfellow 3rd", Type.NAME, "Bartholomew Longfell"),
        ("phrase6", "超时未支付订单", Type.TEXT, "超时未支付"),
        ("phrase6", "ok", Type.TEXT, "通知"),
        ("phone_number7", "+86 138-0000-0000", Type.CODE, "+86138-0000-0000"),
    ],
)
def test_cut_and_cleaned(keyword: str, value: Value, of: Type, said: str) -> None:
    assert fit(keyword, value, of) == said


@pytest.mark.usefixtures("_app")
@pytest.mark.parametrize(
    "name", ["order_paid", "parcel_shipped", "parcel_signed", "order_closed", "order_refunded", "receipt_due"]
)
def test_what_a_kind_suggests_suits_it(name: str) -> None:
    kind = kinds[name]
    assert kind.name == name
    for keyword, variable in kind.fields.items():
        assert KEYWORD.fullmatch(keyword)
        assert kind.variables[variable].type in TAKES[type_of(keyword)]
    for each in kind.variables.values():
        assert {Type.NUMBER: int, Type.AMOUNT: int, Type.TIME: datetime}.get(each.type, str) is type(each.example)
    assert all(f"{{{link}}}" in kind.page for link in kind.links)


@pytest.mark.usefixtures("_app")
def test_a_value_that_is_missing_is_told_as_empty() -> None:
    fields = [Field(keyword=each, variable="gone") for each in ("thing1", "amount2", "time3", "date4", "number5")]
    fields.append(Field(keyword="phrase6", text="已发货"))
    data = render(kinds["order_paid"], MessageTemplate(kind="order_paid", fields=fields), {})
    assert data["thing1"] == "无"
    assert data["amount2"] == "¥0.00"
    assert data["phrase6"] == "已发货"
    message_rules.check([each.keyword for each in fields], {name: {"value": value} for name, value in data.items()})


def test_links_are_quoted_into_the_page() -> None:
    template = MessageTemplate(kind="order_paid", page="pages/order?id={order_id}&from=message")
    assert page_of(template, {"order_id": "a&b=c"}) == "pages/order?id=a%26b%3Dc&from=message"
