"""Does a member fit a rule? A pure function: no read, no clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set

from chalicelib.loyalty.segments.rules.schemas import About, AllOf, AnyOf, Condition, NoneOf, Op, Rule

Known = Mapping[About, int | str | Collection[str]]
"""What is known of a member; what is not known is absent."""


def matches(rule: Rule, known: Known) -> bool:
    """Whether *rule* holds. A condition about what is not known is false, so ``none`` of it is true."""
    match rule:
        case AllOf():
            return all(matches(each, known) for each in rule.all)
        case AnyOf():
            return any(matches(each, known) for each in rule.any)
        case NoneOf():
            return not any(matches(each, known) for each in rule.none)
        case Condition():
            return _holds(rule, known.get(rule.field))


def asks(rule: Rule) -> Set[About]:
    """What *rule* reads of a member."""
    match rule:
        case AllOf():
            under = rule.all
        case AnyOf():
            under = rule.any
        case NoneOf():
            under = rule.none
        case Condition():
            return {rule.field}
    return {about for each in under for about in asks(each)}


def _holds(asked: Condition, value: int | str | Collection[str] | None) -> bool:
    words = asked.words or []
    match asked.op:
        case _ if value is None:
            return False
        case Op.IS | Op.AT_LEAST | Op.AT_MOST if isinstance(value, int) and asked.number is not None:
            return _compared(asked.op, value, asked.number)
        case Op.IN:
            return value in words
        case Op.STARTS_WITH:
            return isinstance(value, str) and value.startswith(tuple(words))
        case Op.HAS_ANY if not isinstance(value, int | str):
            return any(each in value for each in words)
        case Op.HAS_ALL if not isinstance(value, int | str):
            return all(each in value for each in words)
    return False


def _compared(op: Op, value: int, number: int) -> bool:
    if op is Op.IS:
        return value == number
    return value >= number if op is Op.AT_LEAST else value <= number
