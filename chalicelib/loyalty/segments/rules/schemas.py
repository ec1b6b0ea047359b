"""The rule language: conditions under ``all``, ``any`` and ``none``. See docs/algorithms/segments.md."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from chalicelib.core.schemas import Schema

MAX_DEPTH = 6
MAX_NODES = 60
Word = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Kind(StrEnum):
    """What may be asked of a field."""

    NUMBER = "number"
    WORD = "word"
    WORDS = "words"


class About(StrEnum):
    """What a condition is about."""

    GENDER = "gender"
    BIRTHDAY_MONTH = "birthday_month"
    REGION = "region"
    INTERESTS = "interests"
    LEVEL = "level"
    TAGS = "tags"
    CHANNEL = "channel"
    STAGE = "stage"
    RECENCY = "recency"
    FREQUENCY = "frequency"
    MONETARY = "monetary"
    ORDER_COUNT = "order_count"
    COMPLETED_COUNT = "completed_count"
    PAID_AMOUNT = "paid_amount"
    REFUNDED_AMOUNT = "refunded_amount"
    DAYS_SINCE_REGISTERED = "days_since_registered"
    DAYS_SINCE_FIRST_PAID = "days_since_first_paid"
    DAYS_SINCE_LAST_PAID = "days_since_last_paid"
    PHONE_BOUND = "phone_bound"
    """1: there is a verified number; 0: there is none."""
    OCCUPATION = "occupation"
    INCOME_BAND = "income_band"
    STORES = "stores"
    """Ids of the stores where they fetched an order, used a voucher or a coupon."""
    CHECK_IN_COUNT = "check_in_count"
    REVIEW_COUNT = "review_count"
    FRIEND_COUNT = "friend_count"
    """Members who named them as their inviter."""
    COUPON_COUNT = "coupon_count"
    """Coupons used, in orders and in stores."""


BEHAVIOR = (About.CHECK_IN_COUNT, About.REVIEW_COUNT, About.FRIEND_COUNT, About.COUPON_COUNT)
"""What members do, counted as it happens."""
_WORD = (
    *(About.GENDER, About.REGION, About.LEVEL, About.CHANNEL, About.STAGE),
    *(About.OCCUPATION, About.INCOME_BAND),
)
_WORDS = (About.INTERESTS, About.TAGS, About.STORES)
FIELDS: dict[About, Kind] = {
    each: Kind.WORD if each in _WORD else Kind.WORDS if each in _WORDS else Kind.NUMBER for each in About
}


class Op(StrEnum):
    IS = "is"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    IN = "in"
    STARTS_WITH = "starts_with"
    HAS_ANY = "has_any"
    HAS_ALL = "has_all"


OPS: dict[Kind, tuple[Op, ...]] = {
    Kind.NUMBER: (Op.IS, Op.AT_LEAST, Op.AT_MOST),
    Kind.WORD: (Op.IN, Op.STARTS_WITH),
    Kind.WORDS: (Op.HAS_ANY, Op.HAS_ALL),
}


class Condition(Schema):
    """One question. Of what is not known the answer is no."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"field": "order_count", "op": "at_least", "number": 1}]})

    field: Annotated[About, Field(examples=["order_count"])]
    op: Annotated[Op, Field(examples=["at_least"])]
    number: Annotated[int, Field(ge=0, le=10_000_000_000, strict=True, examples=[1])] | None = None
    """For `is`, `at_least`, `at_most`; amounts in fen."""
    words: Annotated[list[Word], Field(min_length=1, max_length=50)] | None = None
    """For `in`, `starts_with`, `has_any`, `has_all`."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        kind = FIELDS[self.field]
        if self.op not in OPS[kind]:
            raise ValueError(f"{self.field} takes {', '.join(OPS[kind])}")
        if (self.number is None, self.words is None) != (kind is not Kind.NUMBER, kind is Kind.NUMBER):
            raise ValueError("numbers are compared with number, words with words")
        return self


Rules = Annotated[
    list["Node"],
    Field(min_length=1, max_length=20, examples=[[{"field": "order_count", "op": "at_least", "number": 1}]]),
]


class AllOf(Schema):
    """Every one of these holds."""

    all: Rules


class AnyOf(Schema):
    """At least one of these holds."""

    any: Rules


class NoneOf(Schema):
    """Not one of these holds: with a single rule, "not"."""

    none: Rules


def _which(node: Any) -> str:
    """What a part is meant to be, by its keys: so that a mistake is told about that, and not about all four."""
    if isinstance(node, dict):
        return next((key for key in ("all", "any", "none") if key in node), "condition")
    match node:
        case AllOf():
            return "all"
        case AnyOf():
            return "any"
        case NoneOf():
            return "none"
    return "condition"


Node = Annotated[
    Annotated[Condition, Tag("condition")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NoneOf, Tag("none")],
    Discriminator(_which),
]


def _bounded(asked: Any) -> Any:
    """Counted before anything is built, without recursion."""
    nodes, level = 0, [asked]
    for _ in range(MAX_DEPTH):
        nodes += len(level)
        level = [each for node in level for each in _under(node)]
        if nodes + len(level) > MAX_NODES:
            raise ValueError(f"at most {MAX_NODES} parts")
        if not level:
            return asked
    raise ValueError(f"at most {MAX_DEPTH} levels")


def _under(node: Any) -> list[Any]:
    lists = [node.get(key) for key in ("all", "any", "none")] if isinstance(node, dict) else []
    return [each for one in lists if isinstance(one, list) for each in one]


Rule = Annotated[Node, BeforeValidator(_bounded)]
for _each in (AllOf, AnyOf, NoneOf):
    _each.model_rebuild()
