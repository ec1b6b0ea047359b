"""The price step of freight. Rules: docs/algorithms/pricing.md, "Freight"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.trade.freight.models import MALL, FreightRule, effective
from chalicelib.trade.freight.rates import service as rates
from chalicelib.trade.freight.rates.schemas import Rates
from chalicelib.trade.freight.rates.service import Tariff
from chalicelib.trade.freight.templates import service as templates
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.errors import NotDeliverable
from chalicelib.trade.pricing.service import Basket, Quote


class Freight:
    """Take the basket apart by template and charge each part for itself.

    A freight, and a second adjustment that takes it off again where it is free: the buyer sees what was given, and
    a refund can tell them apart.
    """

    name = "freight"

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return {FreightRule: [MALL]}

    def adjust(self, quote: Quote, found: Found) -> None:
        """Reads nothing, unless this process has not yet seen the templates of the edition that was *found*.

        :raises NotDeliverable: some lines do not go to the region. :raises AmountTooLarge: see settling.
        """
        if not quote.carried:
            return
        rule = effective(found[FreightRule].get(MALL))
        parts = _parts(quote, rule, templates.tariffs(rule.edition))
        if quote.region_code is not None:
            _require_deliverable(quote, quote.region_code, parts)
        for tariff, lines in parts:
            if tariff is None:
                _charge_flat(quote, lines, rule)
            elif priced := _rates(quote, tariff):
                rates.charge(quote, lines, tariff, priced)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """Freight uses nothing up."""


def _parts(quote: Quote, rule: FreightRule, known: Mapping[str, Tariff]) -> list[tuple[Tariff | None, list[int]]]:
    """The basket's line numbers by template, in the order of the lines; None: the flat rule."""
    parts: dict[str, tuple[Tariff | None, list[int]]] = {}
    for number, line in enumerate(quote.lines):
        if line.given:
            continue
        tariff = known.get(line.freight_template_id) or known.get(rule.default_template_id or "")
        parts.setdefault(tariff.id if tariff else "", (tariff, []))[1].append(number)
    return list(parts.values())


def _require_deliverable(quote: Quote, region_code: str, parts: list[tuple[Tariff | None, list[int]]]) -> None:
    lost = sorted(number for tariff, lines in parts if tariff and tariff.at(region_code) is None for number in lines)
    if lost:
        named = [quote.lines[number].model_dump(include={"product_id", "sku_id"}) for number in lost]
        raise NotDeliverable(region_code=region_code, lines=named)


def _rates(quote: Quote, tariff: Tariff) -> Rates | None:
    """None: the price hangs on a region that is not known yet."""
    if quote.region_code is not None:
        return tariff.at(quote.region_code)
    return None if tariff.depends_on_region else tariff.elsewhere


def _charge_flat(quote: Quote, lines: list[int], rule: FreightRule) -> None:
    flat = Rates(
        first_units=1,
        first_amount=rule.flat_amount,
        further_units=1,
        further_amount=0,
        free_over_amount=rule.free_over_amount,
    )
    goods = quote.discounted()
    weights = [goods[number] for number in lines]
    rates.apply(quote, lines, rule.flat_amount, weights, flat, title="运费")
