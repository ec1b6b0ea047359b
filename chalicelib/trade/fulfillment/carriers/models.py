"""Couriers: what the mall brings, and the table of what staff made of it."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cached_property

from pydantic import BaseModel, ConfigDict
from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.tables import DocumentAttribute, Table, TimeAttribute, table_name

MALL = "mall"


class Rest(StrEnum):
    """What follows the prefix of a number."""

    DIGITS = "digits"
    LETTERS_AND_DIGITS = "letters_and_digits"
    """Also hyphens, which some couriers put before the number of a piece."""


_REST = {Rest.DIGITS: r"[0-9]*", Rest.LETTERS_AND_DIGITS: r"[0-9A-Z\-]*"}


class NumberForm(BaseModel):
    """One form of a courier's numbers: one of the prefixes (none: any beginning), the rest, the whole length.

    Not a regular expression: staff write these, and a bad expression could hang the mall.
    """

    prefixes: list[str] = []
    rest: Rest = Rest.DIGITS
    min_length: int
    max_length: int

    def fits(self, number: str) -> bool:
        """Whether *number* (plain, see :func:`plain`) has this form."""
        if not self.min_length <= len(number) <= self.max_length:
            return False
        rests = [number[len(each) :] for each in self.prefixes or [""] if number.startswith(each)]
        return any(re.fullmatch(_REST[self.rest], rest) for rest in rests)

    @property
    def rank(self) -> tuple[bool, bool, int]:
        """Sorts the most particular form first: with a prefix, digits only, few lengths."""
        return not self.prefixes, self.rest is not Rest.DIGITS, self.max_length - self.min_length


class Carrier(BaseModel):
    """A courier. Parcels name it by ``code``, so that is for ever."""

    model_config = ConfigDict(frozen=True)

    code: str
    name: str
    aliases: list[str] = []
    """Other names that files use."""
    kuaidi100: str | None = None
    """Its code at Kuaidi100; without one, its parcels are not tracked there."""
    wechat: str | None = None
    """Its ``delivery_id`` at WeChat."""
    forms: list[NumberForm]
    wants_phone: bool = False
    """Tells about a parcel only those who know the last four digits of a phone."""
    enabled: bool = True

    def accepts(self, number: str) -> bool:
        """Whether *number* (plain) has one of the courier's forms."""
        return any(form.fits(number) for form in self.forms)

    @cached_property
    def names(self) -> set[str]:
        """All it is called, in small letters."""
        return {each.lower() for each in (self.code, self.name, *self.aliases)}


class CarrierOverride(Table):
    """A courier as staff edited or added it: it stands over what the mall brings. All lie in one small partition."""

    class Meta:
        table_name = table_name("carriers")

    mall = UnicodeAttribute(hash_key=True, default=MALL)
    code = UnicodeAttribute(range_key=True)
    carrier = DocumentAttribute[Carrier](Carrier)
    updated_at = TimeAttribute()


def _digits(shortest: int, longest: int | None = None, *prefixes: str) -> NumberForm:
    return NumberForm(prefixes=list(prefixes), min_length=shortest, max_length=longest or shortest)


def _mixed(shortest: int, longest: int, *prefixes: str) -> NumberForm:
    return NumberForm(prefixes=list(prefixes), rest=Rest.LETTERS_AND_DIGITS, min_length=shortest, max_length=longest)


BUILT_IN = (
    Carrier(
        code="sf",
        name="顺丰速运",
        aliases=["顺丰", "顺丰快递"],
        kuaidi100="shunfeng",
        wechat="SF",
        forms=[_digits(14, 17, "SF"), _digits(12), _digits(15)],
        wants_phone=True,
    ),
    Carrier(
        code="zto",
        name="中通快递",
        aliases=["中通", "中通速递"],
        kuaidi100="zhongtong",
        wechat="ZTO",
        forms=[_digits(14, 15, "7"), _digits(12, 15), _mixed(12, 16, "ZT", "A", "B", "H")],
        wants_phone=True,
    ),
    Carrier(
        code="yto",
        name="圆通速递",
        aliases=["圆通", "圆通快递"],
        kuaidi100="yuantong",
        wechat="YTO",
        forms=[_digits(12, 18, "YT"), _digits(10), _digits(12), _digits(18), _mixed(10, 14)],
    ),
    Carrier(
        code="sto",
        name="申通快递",
        aliases=["申通"],
        kuaidi100="shentong",
        wechat="STO",
        forms=[_digits(15, None, "77"), _digits(12, 13), _digits(13, 18, "STO")],
    ),
    Carrier(
        code="yunda",
        name="韵达快递",
        aliases=["韵达", "韵达速递"],
        kuaidi100="yunda",
        wechat="YD",
        forms=[_digits(15, None, "3", "4"), _digits(13), _digits(15, 17, "YD")],
    ),
    Carrier(
        code="jtexpress",
        name="极兔速递",
        aliases=["极兔", "极兔快递"],
        kuaidi100="jtexpress",
        wechat="JTSD",
        forms=[_digits(13, 17, "JT"), _digits(12), _digits(15)],
    ),
    Carrier(
        code="ems",
        name="EMS",
        aliases=["邮政EMS", "中国邮政EMS", "邮政速递"],
        kuaidi100="ems",
        wechat="EMS",
        forms=[_digits(13, None, "10", "11", "12", "50", "51", "95", "97"), _mixed(13, 13, "E")],
    ),
    Carrier(
        code="chinapost",
        name="邮政快递包裹",
        aliases=["邮政包裹", "中国邮政", "邮政", "邮政国内包裹"],
        kuaidi100="youzhengguonei",
        wechat="YZPY",
        forms=[_digits(13, None, "96", "98", "99"), _mixed(13, 13, "K", "P", "G")],
    ),
    Carrier(
        code="jd",
        name="京东物流",
        aliases=["京东", "京东快递"],
        kuaidi100="jd",
        wechat="JD",
        forms=[_mixed(13, 24, "JD"), _mixed(10, 15, "V")],
    ),
    Carrier(
        code="deppon",
        name="德邦快递",
        aliases=["德邦", "德邦物流"],
        kuaidi100="debangkuaidi",
        wechat="DBL",
        forms=[_digits(15, None, "DPK"), _digits(8, 10)],
    ),
    Carrier(
        code="ky",
        name="跨越速运",
        aliases=["跨越", "跨越物流"],
        kuaidi100="kuayue",
        wechat="KYSY",
        forms=[_digits(12, 16, "KY")],
    ),
    Carrier(code="dhl", name="DHL", aliases=["敦豪"], kuaidi100="dhl", wechat="DHL", forms=[_digits(10, 11)]),
)
"""What the mall brings. Number forms as printed by the couriers; wide rather than narrow, since a right number that is
refused stops a shop, and a wrong one is found by tracking."""
