"""What a part of a basket costs to bring somewhere. Pure; whole numbers only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalicelib.core.money import MAX_AMOUNT, yuan
from chalicelib.mall.identity.regions.service import parent_of
from chalicelib.trade.freight.rates.schemas import Charging, Rates
from chalicelib.trade.pricing.errors import AmountTooLarge
from chalicelib.trade.pricing.schemas import PricedLine, Target
from chalicelib.trade.pricing.service import Quote


@dataclass(frozen=True)
class Tariff:
    """A template as the price step uses it. ``where``: region → its rates, None: no delivery."""

    id: str
    charging: Charging
    where: Mapping[str, Rates | None]
    elsewhere: Rates | None
    """Of all other regions; None: no delivery."""

    @property
    def depends_on_region(self) -> bool:
        return bool(self.where)

    def at(self, region_code: str) -> Rates | None:
        """The rates of a region: its own, or those of the narrowest region around it; None: no delivery."""
        code = region_code
        while code:
            if code in self.where:
                return self.where[code]
            code = parent_of(code)
        return self.elsewhere


def units_of(line: PricedLine, charging: Charging) -> int:
    """The pieces, grams or milliliters of a line."""
    each = {Charging.PIECE: 1, Charging.WEIGHT: line.weight_grams, Charging.VOLUME: line.volume_ml}[charging]
    return each * line.quantity


def charge(quote: Quote, lines: Sequence[int], tariff: Tariff, rates: Rates) -> None:
    """Append what the *lines* (by number) of *quote* cost together, and take it off again when they travel free.

    :raises AmountTooLarge: beyond what any channel takes.
    """
    units = [units_of(quote.lines[number], tariff.charging) for number in lines]
    title = f"运费（{_text(sum(units), tariff.charging)}）"
    amount = rates.amount(sum(units))
    apply(quote, lines, amount, units, rates, title=title, source_id=tariff.id)


def apply(
    quote: Quote,
    lines: Sequence[int],
    amount: int,
    weights: Sequence[int],
    rates: Rates,
    *,
    title: str,
    source_id: str = "",
) -> None:
    """Append a freight of *amount* on *lines*, spread by *weights*, and what takes it off when they travel free."""
    if amount == 0:
        return
    if amount > MAX_AMOUNT:
        raise AmountTooLarge()
    pieces = [quote.lines[number].quantity for number in lines]
    # All weights zero (free goods, nothing weighed): by pieces. Zero elsewhere: no line pays for another part.
    shares = _placed(len(quote.lines), lines, weights if any(weights) else pieces)
    quote.adjust("freight", title, amount, target=Target.FREIGHT, source_id=source_id, weights=shares)
    goods = quote.discounted()
    if rates.is_free(sum(goods[number] for number in lines), sum(pieces)):
        charged = quote.adjustments[-1].shares
        quote.adjust(
            "free_freight", _why_free(rates), -amount, target=Target.FREIGHT, source_id=source_id, weights=charged
        )


def _placed(length: int, lines: Sequence[int], values: Sequence[int]) -> list[int]:
    placed = [0] * length
    for number, value in zip(lines, values, strict=True):
        placed[number] = value
    return placed


def _why_free(rates: Rates) -> str:
    reasons = []
    if rates.free_over_amount is not None:
        reasons.append(f"满{yuan(rates.free_over_amount)}元")
    if rates.free_over_pieces is not None:
        reasons.append(f"满{rates.free_over_pieces}件")
    return ("且" if rates.free_needs_both else "或").join(reasons) + "包邮"


def _text(units: int, charging: Charging) -> str:
    if charging is Charging.PIECE:
        return f"{units}件"
    return f"{units // 1000}.{units % 1000:03d}{'kg' if charging is Charging.WEIGHT else 'L'}"
