"""Points in a price: what the points mall offers for goods, and points that pay a part of the goods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.core.money import apply_bps
from chalicelib.core.tables import Key, Table
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.points import service
from chalicelib.loyalty.points.errors import ItemNotFound, NotEnoughPoints, PointsNotUsable
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

    Its points are taken by :class:`PointsOff`, which comes later and does all postings of the order. It also says that
    the buyer wants to pay with points and has some, so that no step before theirs picks what excludes them.
    """

    name = MALL_ITEM

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        wanted = basket.options.get(self.name)
        read: dict[type[Table], list[Key]] = {Points: [basket.member_id], PointsRules: [MALL]}
        return read | {Item: [(MALL, wanted)]} if wanted else read

    def adjust(self, quote: Quote, found: Found) -> None:
        _note_asked(quote, found)
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
        """Append what points pay. :returns: how many points.

        :raises NotEnoughPoints: fewer than were asked for. :raises PointsNotUsable: none, though there are some.
        """
        weights = _payable(quote, quote.open_to(self.name), rules)
        most = min(apply_bps(sum(weights), rules.cap_bps), there * 100 // rules.points_per_yuan)
        points = _points_for(most, rules)
        reason = _why_not(quote, rules, there, points, weights)
        if reason:
            points = 0
        wanted = quote.options.get(self.name)
        used = points if wanted == MOST else _number(wanted)
        if 0 < used < rules.min_points or (used and reason):
            raise PointsNotUsable(reason=reason or f"至少使用{rules.min_points}积分")
        if used > points:
            raise NotEnoughPoints(usable=points)
        amount = used * 100 // rules.points_per_yuan
        used = _points_for(amount, rules)  # those that would pay no whole fen are kept
        if points or reason:
            saved = amount or points * 100 // rules.points_per_yuan
            title = f"可用{points}积分" if points else "积分抵扣"
            choice = Choice(kind=self.name, id=str(points), title=title, usable=not reason, chosen=used > 0)
            quote.choices.append(choice.model_copy(update={"saved_amount": saved, "reason": reason}))
        if amount:
            quote.adjust(self.name, f"{used}积分抵扣", -amount, weights=weights, source_id=str(used))
        return used


def _note_asked(quote: Quote, found: Found) -> None:
    """Whether the buyer asked for points that could be used, and on which lines."""
    wanted = quote.options.get(NAME)
    rules = service.rules_of(found[PointsRules].get(MALL))
    account: Points = found[Points].get(quote.member_id) or LEDGER.empty(quote.member_id)
    enough = service.usable(account, quote.at) >= max(rules.min_points, 1) and rules.cap_bps > 0
    if enough and (wanted == MOST or _number(wanted)):
        quote.asked[NAME] = [bool(each) for each in _payable(quote, quote.discounted(), rules)]


def _payable(quote: Quote, amounts: list[int], rules: Rules) -> list[int]:
    """*amounts* of the lines that points may pay at all, zero elsewhere."""
    excluded = rules.excluded_product_ids
    pairs = zip(quote.lines, amounts, strict=True)
    return [0 if line.product_id in excluded else amount for line, amount in pairs]


def _why_not(quote: Quote, rules: Rules, there: int, points: int, weights: list[int]) -> str:
    """Why none of the points that are *there* can be used; empty: they can, or there are none."""
    if not there:
        return ""
    if there < rules.min_points:
        return f"满{rules.min_points}积分可用"
    if not any(weights):
        closed = any(_payable(quote, quote.discounted(), rules))
        return "不与所选优惠同享" if closed else "所选商品不可用积分"
    if points < max(rules.min_points, 1):
        return f"本单可用积分未满{max(rules.min_points, 1)}"
    return ""


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
