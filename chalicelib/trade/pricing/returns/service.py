"""The goods' part of a refund. Promise: docs/algorithms/pricing.md, "What pieces are worth when they go back".

One function of what the buyer *keeps* decides: :func:`kept_amount`. A refund gives back the difference between what was
paid for the goods and that, less what went back before. So any sequence of refunds ends, with nothing kept, at exactly
what was paid, and no order of refunds gains anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from chalicelib.core import money
from chalicelib.trade.pricing.schemas import Adjustment, BelowThreshold, PricedLine, Target
from chalicelib.trade.pricing.service import unit_amounts

Units = Mapping[int, int]
"""Position of a line → pieces of it."""


def refund_amount(
    lines: Sequence[PricedLine], adjustments: Sequence[Adjustment], refunded: Units, units: Units, already: int
) -> int:
    """What goes back for *units*, in fen of the goods (freight has its own rule).

    :param refunded: the pieces that went back before. :param already: the fen that went back for them.
    :returns: nothing, when what stays now costs as much as what was paid less *already*.
    :raises ValueError: more pieces than there are.
    """
    paid = sum(line.payable_amount for line in lines)
    gone = {number: refunded.get(number, 0) + units.get(number, 0) for number in range(len(lines))}
    return max(paid - already - kept_amount(lines, adjustments, gone), 0)


def kept_amount(lines: Sequence[PricedLine], adjustments: Sequence[Adjustment], gone: Units) -> int:
    """What the pieces that stay cost, when *gone* have gone back: their shares, or more where a threshold is missed.

    Never more than was paid: a buyer who gives something back does not pay for it.

    :raises ValueError: more pieces than there are.
    """
    kept = [_kept(line.quantity, gone.get(number, 0)) for number, line in enumerate(lines)]
    amount = sum(_last(unit_amounts(line), stay) for line, stay in zip(lines, kept, strict=True))
    for each in adjustments:
        if each.below_threshold is BelowThreshold.DEDUCT and _missed(lines, adjustments, each, kept):
            amount -= _share_of(lines, each, kept)
    return min(amount, sum(line.payable_amount for line in lines))


def share_back(
    lines: Sequence[PricedLine],
    total: int,
    refunded: Units,
    units: Units,
    *,
    amounts: Sequence[int] | None = None,
) -> int:
    """Of *total* whole units (points) that hang on the order's goods: what goes with *units*, after *refunded* went.

    Any sequence sums to *total*.

    :param amounts: what hangs on each line; by default what was paid for it, or its pieces where nothing was.
    """
    weights = _worth(lines) if amounts is None else _by_piece(lines, amounts)
    before = _gone_worth(weights, refunded)
    after = _gone_worth(weights, {n: refunded.get(n, 0) + units.get(n, 0) for n in range(len(lines))})
    whole = sum(map(sum, weights))
    return total * after // whole - total * before // whole


def takes_the_rest(lines: Sequence[PricedLine], units: Mapping[str, int], refunded: Mapping[str, int]) -> bool:
    """Whether it is with this refund that nothing of what was bought stays: so of one refund of an order, and no more.

    :param units: its pieces, :param refunded: those of all refunds so far with it, both as of ``UnitsRefunded``. Lines
        that were given along do not count.
    """
    after = {number: refunded.get(number, pieces) for number, pieces in {**refunded, **units}.items()}
    bought = [(str(number), line.quantity) for number, line in enumerate(lines) if not line.given]
    all_gone = all(after.get(number, 0) >= quantity for number, quantity in bought)
    return all_gone and any(units.get(number, 0) > 0 for number, _ in bought)


def _kept(quantity: int, gone: int) -> int:
    if not 0 <= gone <= quantity:
        raise ValueError(f"{gone} of {quantity} pieces can not go back")
    return quantity - gone


def _last(amounts: Sequence[int], count: int) -> int:
    """Pieces go back from the front: those that stay are the last ones."""
    return sum(amounts[len(amounts) - count :])


def _missed(
    lines: Sequence[PricedLine], adjustments: Sequence[Adjustment], rule: Adjustment, kept: Sequence[int]
) -> bool:
    """Whether what stays of the lines of *rule* cost less than its threshold, as it was looked at then."""
    if rule.counted:
        parts = zip(lines, rule.counted, kept, strict=True)
        return sum(_last(money.allocate(part, [1] * line.quantity), stay) for line, part, stay in parts) < (
            rule.threshold_amount
        )
    before = adjustments[: next(i for i, each in enumerate(adjustments) if each is rule)]
    left = 0
    for number, (line, stay) in enumerate(zip(lines, kept, strict=True)):
        if rule.shares[number]:
            cost = line.goods_amount + sum(each.shares[number] for each in before if each.target is Target.GOODS)
            left += _last(money.allocate(cost, [1] * line.quantity), stay)
    return 0 < left < rule.threshold_amount


def _share_of(lines: Sequence[PricedLine], rule: Adjustment, kept: Sequence[int]) -> int:
    """The share of *rule* on the pieces that stay; negative for a discount."""
    return sum(
        _last(money.allocate(share, [1] * line.quantity), stay)
        for line, share, stay in zip(lines, rule.shares, kept, strict=True)
    )


def _worth(lines: Sequence[PricedLine]) -> list[list[int]]:
    amounts = [unit_amounts(line) for line in lines]
    return amounts if any(map(any, amounts)) else [[1] * line.quantity for line in lines]


def _by_piece(lines: Sequence[PricedLine], amounts: Sequence[int]) -> list[list[int]]:
    return [money.allocate(amount, [1] * line.quantity) for line, amount in zip(lines, amounts, strict=True)]


def _gone_worth(weights: Sequence[Sequence[int]], gone: Units) -> int:
    return sum(sum(each[: _checked(len(each), gone.get(number, 0))]) for number, each in enumerate(weights))


def _checked(quantity: int, gone: int) -> int:
    return quantity - _kept(quantity, gone)
