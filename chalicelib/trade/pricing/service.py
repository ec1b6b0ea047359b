"""The price of a basket. Algorithm and promise: docs/algorithms/pricing.md."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.core import money
from chalicelib.trade.pricing.errors import AmountTooLarge
from chalicelib.trade.pricing.schemas import Adjustment, Advance, BelowThreshold, Choice, PricedLine, PriceOffer, Target


@dataclass(frozen=True)
class Item:
    """What a buyer wants: so many of one SKU."""

    product_id: str
    sku_id: str
    quantity: int


@dataclass(frozen=True)
class Basket:
    """What is to be priced, before anything was read."""

    member_id: str
    at: datetime
    items: tuple[Item, ...]
    options: dict[str, str] = field(default_factory=dict)


@dataclass
class Quote:
    """A basket on its way to a price. Adjusters append; :meth:`settle` spreads and sums."""

    member_id: str
    at: datetime
    lines: list[PricedLine]
    region_code: str | None = None
    """Where the goods go (six-digit district code), when known."""
    carried: bool = True
    """Whether somebody carries it to the buyer; if not, it costs no freight."""
    options: dict[str, str] = field(default_factory=dict)
    """The buyer's choices, by the name of the adjuster that understands them."""
    adjustments: list[Adjustment] = field(default_factory=list)
    holds: list[str] = field(default_factory=list)
    """Reasons for which a paid order must wait before it is fulfilled."""
    offers: list[PriceOffer] = field(default_factory=list)
    """Other prices for single lines, until the step ``BestPrice`` has chosen."""
    taken: list[PriceOffer] = field(default_factory=list)
    """Those of the offers that are the lines' prices."""
    advance: Advance | None = None
    """What was paid for it before there is an order: a part of its payment."""
    choices: list[Choice] = field(default_factory=list)
    """What the buyer could choose, and what was chosen."""
    asked: dict[str, list[bool]] = field(default_factory=dict)
    """What the buyer asked for and has, by the step's name, and the lines that it could be for. A step that picks
    something by itself picks nothing that excludes it there."""
    memory: dict[str, Any] = field(default_factory=dict)
    """What a step wants to remember between its ``adjust`` and its ``claim``, by its name."""

    @property
    def goods_amount(self) -> int:
        """The goods before any adjustment."""
        return sum(line.goods_amount for line in self.lines)

    @property
    def discount_amount(self) -> int:
        """What adjustments took off the goods (positive)."""
        return -self._sum(Target.GOODS)

    @property
    def freight_amount(self) -> int:
        """The freight after its adjustments."""
        return self._sum(Target.FREIGHT)

    @property
    def payable_amount(self) -> int:
        return self.goods_amount - self.discount_amount + self.freight_amount

    @property
    def ship_by(self) -> datetime | None:
        """When all of it has left at the latest, if a price says so: lines travel together, so the last one decides."""
        return max((line.ship_by for line in self.lines if line.ship_by is not None), default=None)

    @property
    def cost_amount(self) -> int | None:
        """What the goods cost the shop; None while a line's cost is not known."""
        return cost_of(self.lines)

    def open_to(self, *names: str, not_with: Collection[str] = ()) -> list[int]:
        """:meth:`discounted`, but zero for lines that are closed to a step known by *names* (its kind, its group).

        A line is closed when an adjustment on it excludes the step, or is one of those that the step does not go
        with (*not_with*: kinds or groups).
        """
        amounts = self.discounted()
        for each in self.adjustments:
            if not set(each.excludes).isdisjoint(names) or {each.kind, each.group} & set(not_with):
                amounts = [0 if share else amount for amount, share in zip(amounts, each.shares, strict=True)]
        return amounts

    def asked_for(self, name: str) -> list[bool]:
        """The lines on which the buyer wants the step of that *name*, and could have it so far."""
        wanted = [*self.asked.get(name, []), *[False] * len(self.lines)]
        return [bool(amount) and want for amount, want in zip(self.open_to(name), wanted, strict=False)]

    def discounted(self) -> list[int]:
        """Each line's goods after the adjustments so far: the base of the next one."""
        return self._after([line.goods_amount for line in self.lines], Target.GOODS)

    def freighted(self) -> list[int]:
        """Each line's share of the freight so far."""
        return self._after([0] * len(self.lines), Target.FREIGHT)

    def adjust(
        self,
        kind: str,
        title: str,
        amount: int,
        *,
        target: Target = Target.GOODS,
        source_id: str = "",
        weights: Sequence[int] | None = None,
        group: str = "",
        excludes: Sequence[str] = (),
        threshold_amount: int = 0,
        below_threshold: BelowThreshold = BelowThreshold.KEEP,
        counted: Sequence[int] = (),
    ) -> None:
        """Append an adjustment of *amount* fen, spread over the lines by *weights*.

        A discount never takes a line below zero: it is cut to what the weighted lines still cost, or to the
        freight they still carry.

        :param weights: by default what a discount takes from, goods or freight so far; for a charge the goods so far.
        """
        base = self.freighted() if target is Target.FREIGHT and amount < 0 else self.discounted()
        weights = list(base if weights is None else weights)
        if amount < 0:
            left = [cost if weight else 0 for cost, weight in zip(base, weights, strict=True)]
            amount = -min(-amount, sum(left))
            shares = _spread_within(amount, weights, left)
        else:
            shares = money.allocate(amount, weights)
        self.adjustments.append(
            Adjustment(
                kind=kind,
                group=group,
                excludes=list(excludes),
                source_id=source_id,
                title=title,
                target=target,
                amount=amount,
                shares=shares,
                threshold_amount=threshold_amount,
                below_threshold=below_threshold,
                counted=list(counted),
            )
        )

    def give(self, line: PricedLine) -> int:
        """Add a line that the buyer did not ask for; returns its number. Adjustments so far have no share of it."""
        self.lines.append(line.model_copy(update={"given": True}))
        for each in self.adjustments:
            each.shares.append(0)
            if each.counted:
                each.counted.append(0)
        return len(self.lines) - 1

    def reprice_lines(self, offers: Sequence[PriceOffer]) -> None:
        """Append one adjustment to goods for *offers* of one source: each line costs its offer instead.

        A line takes its pieces from where the offer says, leaves when it says, and what was paid in advance counts.
        Comes before every discount: an offer is compared with the line's own price.
        """
        shares = [0] * len(self.lines)
        for offer in offers:
            line = self.lines[offer.line]
            shares[offer.line] = offer.unit_amount * line.quantity - line.goods_amount
            line.stock_owner = offer.stock_owner or line.stock_owner
            line.ship_by = offer.ship_by
            self.advance = offer.advance or self.advance
        self.taken += offers
        first = offers[0]
        self.adjustments.append(
            Adjustment(
                **first.model_dump(include={"kind", "group", "excludes", "source_id", "title"}),
                target=Target.GOODS,
                amount=sum(shares),
                shares=shares,
            )
        )

    def settle(self) -> None:
        """Write each line's final shares. :raises AmountTooLarge: beyond what any channel takes."""
        if self.goods_amount + max(self.freight_amount, 0) > money.MAX_AMOUNT:
            raise AmountTooLarge()
        for line, goods, freight in zip(self.lines, self.discounted(), self.freighted(), strict=True):
            line.payable_amount, line.freight_amount = goods, freight

    def _after(self, amounts: list[int], target: Target) -> list[int]:
        for each in self.adjustments:
            if each.target is target:
                amounts = [amount + share for amount, share in zip(amounts, each.shares, strict=True)]
        return amounts

    def _sum(self, target: Target) -> int:
        return sum(each.amount for each in self.adjustments if each.target is target)


def _spread_within(amount: int, weights: Sequence[int], limits: Sequence[int]) -> list[int]:
    """Largest remainder, but no share larger than its line's limit; what does not fit goes to the others."""
    shares = money.allocate(amount, weights)
    over = [max(-share - limit, 0) for share, limit in zip(shares, limits, strict=True)]
    rest = sum(over)
    shares = [share + excess for share, excess in zip(shares, over, strict=True)]
    for i, limit in enumerate(limits):
        room = min(limit + shares[i], rest)
        shares[i], rest = shares[i] - room, rest - room
    return shares


def cost_of(lines: Sequence[PricedLine]) -> int | None:
    """What the goods of *lines* cost the shop; None while a line's cost is not known."""
    if any(line.cost_amount is None for line in lines):
        return None
    return sum((line.cost_amount or 0) * line.quantity for line in lines)


def unit_amounts(line: PricedLine) -> list[int]:
    """What each single unit of a line was sold for; sums to the line's payable amount to the fen."""
    return money.allocate(line.payable_amount, [1] * line.quantity)
