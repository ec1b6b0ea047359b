"""Points in a price: what the points mall offers for goods, and points that pay a part of the goods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.money import apply_bps
from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points import service
from chalicelib.loyalty.points.errors import ItemNotFound, NotEnoughPoints
from chalicelib.loyalty.points.exchange import service as exchange
from chalicelib.loyalty.points.models import LEDGER, MALL, Item, Points, PointsRules
from chalicelib.loyalty.points.schemas import Rules
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Choice, PriceOffer
from chalicelib.trade.pricing.service import Basket, Quote

NAME, MALL_ITEM = "points", "points_item"
COLUMN = "积分抵扣"
"""Of the file of orders."""
MOST = "max"


class PointsMallPrice:
    """``options["points_item"]``: an item of the points mall, at its price in money, for the SKU that it names.

    Its points are taken by :class:`PointsOff`, which comes later and does all postings of the order.
    """

    name = MALL_ITEM

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        wanted = basket.options.get(self.name)
        return {Item: [(MALL, wanted)]} if wanted else {}

    def adjust(self, quote: Quote, found: Found) -> None:
        wanted = quote.options.get(self.name)
        if wanted is None:
            return
        item: Item | None = found[Item].get((MALL, wanted))
        if item is None or not item.active or item.sku_id is None:
            raise ItemNotFound()
        numbers = [number for number, line in enumerate(quote.lines) if line.sku_id == item.sku_id]
        if not numbers:
            raise ItemNotFound()
        for number in numbers:
            offer = PriceOffer(
                line=number,
                kind=self.name,
                group="campaign",
                excludes=[NAME, "coupon"],
                source_id=item.id,
                title=item.title,
                unit_amount=item.amount,
            )
            quote.offers.append(offer)
        # It was asked for by name: no other price shall win for its line.
        quote.options = {**quote.options, "price": item.id}
        quote.memory[self.name] = (item, sum(quote.lines[number].quantity for number in numbers))

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        if self.name in quote.memory:
            item, quantity = quote.memory[self.name]
            exchange.take(tx, item, quote.member_id, quantity)


class PointsOff:
    """``options["points"]``: so many points, or ``max``, pay a part of the goods that are open to them."""

    name = NAME

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return {Points: [basket.member_id], PointsRules: [MALL]}

    def adjust(self, quote: Quote, found: Found) -> None:
        account: Points = found[Points].get(quote.member_id) or LEDGER.empty(quote.member_id)
        rules = service.rules_of(found[PointsRules].get(MALL))
        item, quantity = quote.memory.get(MALL_ITEM, (None, 0))
        needed = item.points * quantity if item is not None else 0
        there = service.usable(account, quote.at)
        if needed > there:
            raise NotEnoughPoints(usable=there)
        used = self._pay(quote, rules, there - needed)
        quote.memory[self.name] = (account, used + needed)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        account, points = quote.memory[self.name]
        if points:
            service.spend(tx, account, "spent", order_id, points)

    def _pay(self, quote: Quote, rules: Rules, there: int) -> int:
        """Append what points pay. :returns: how many points. :raises NotEnoughPoints: fewer than were asked for."""
        open_amounts = quote.open_to(self.name)
        weights = [
            0 if line.product_id in rules.excluded_product_ids else amount
            for line, amount in zip(quote.lines, open_amounts, strict=True)
        ]
        most = min(apply_bps(sum(weights), rules.cap_bps), there * 100 // rules.points_per_yuan)
        points = _points_for(most, rules)
        if points < max(rules.min_points, 1):
            most = points = 0
        wanted = quote.options.get(self.name)
        used = points if wanted == MOST else _number(wanted)
        if used > points or 0 < used < rules.min_points:
            raise NotEnoughPoints(usable=points)
        amount = used * 100 // rules.points_per_yuan
        if points:
            title, saved = f"可用{points}积分", points * 100 // rules.points_per_yuan
            choice = Choice(kind=self.name, id=str(points), title=title, usable=True, chosen=used > 0)
            quote.choices.append(choice.model_copy(update={"saved_amount": amount or saved}))
        if amount:
            quote.adjust(self.name, f"{used}积分抵扣", -amount, weights=weights, source_id=str(used))
        return used if amount else 0


def _points_for(amount: int, rules: Rules) -> int:
    """The fewest points that pay *amount* fen."""
    return -(-amount * rules.points_per_yuan // 100)


def _number(wanted: str | None) -> int:
    """:raises NotEnoughPoints: it is no number."""
    if wanted is None:
        return 0
    if not wanted.isdecimal() or not wanted.isascii() or len(wanted) > 12:
        raise NotEnoughPoints(usable=0)
    return int(wanted)
