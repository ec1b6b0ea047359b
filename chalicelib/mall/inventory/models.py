"""The stock, its log, and the list of what runs low."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from pynamodb.attributes import UnicodeAttribute

from chalicelib.core.settings import settings
from chalicelib.core.tables import EnumAttribute, IntAttribute, Table, TimeAttribute, table_name

MAX_STOCK = 1_000_000_000
LOW = "low"


class StockKey(NamedTuple):
    """Where pieces come from. ``owner``: the product, or a campaign that set pieces aside."""

    owner: str
    sku_id: str

    @property
    def text(self) -> str:
        return f"{self.owner}/{self.sku_id}"

    @classmethod
    def parse(cls, text: str) -> StockKey:
        owner, _, sku_id = text.partition("/")
        return cls(owner, sku_id)


class Reason(StrEnum):
    """Why a stock changed."""

    DECLARED = "declared"
    TAKEN = "taken"
    GIVEN_BACK = "given_back"
    ADJUSTED = "adjusted"
    COUNTED = "counted"
    SET_ASIDE = "set_aside"
    RELEASED = "released"
    POOLED = "pooled"


class Keeper(StrEnum):
    """Who else than staff says how many pieces there are."""

    CODES = "codes"
    """The pool of codes that are sold: a piece for each code that nobody has been promised."""


class Stock(Table):
    """How many pieces can be sold now. Always the sum of its log, never below zero, never deleted."""

    class Meta:
        table_name = table_name("stocks")

    owner = UnicodeAttribute(hash_key=True)
    sku_id = UnicodeAttribute(range_key=True)
    available = IntAttribute()
    low_at = IntAttribute(null=True)
    """So many, or fewer, are too few; null: the mall's setting; -1: never."""
    keeper = EnumAttribute(Keeper, null=True)
    """Null: staff adjust and count it."""
    updated_at = TimeAttribute()

    @property
    def key(self) -> StockKey:
        return StockKey(self.owner, self.sku_id)

    @property
    def warns_at(self) -> int:
        """The number at which the low-stock warning begins."""
        return settings().low_stock_threshold if self.low_at is None else self.low_at

    @property
    def is_low(self) -> bool:
        return self.available <= self.warns_at


class StockEntry(Table):
    """One change. Its id is made of the cause and the reason, so one cause changes a stock once.

    The id begins with the part of the cause's id that tells its time of birth, so the log reads in time.
    """

    class Meta:
        table_name = table_name("stock_entries")

    stock = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    delta = IntAttribute()
    reason = EnumAttribute(Reason)
    ref = UnicodeAttribute()
    note = UnicodeAttribute(null=True)
    at = TimeAttribute()


class LowStock(Table):
    """A stock that ran low, for the list. It may lag; the list checks each against the stock."""

    class Meta:
        table_name = table_name("low_stock")

    kind = UnicodeAttribute(hash_key=True)
    stock = UnicodeAttribute(range_key=True)
    since_at = TimeAttribute()


def entry_id(ref: str, reason: Reason) -> str:
    """``ord_01jd…`` taken → ``01jd…#ord#taken``."""
    kind, _, born = ref.partition("_")
    return f"{born}#{kind}#{reason.value}"
