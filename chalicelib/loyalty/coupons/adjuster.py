"""Two price steps: a coupon off the goods, a coupon off the freight. At most one of each is used."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from chalicelib.core.money import yuan
from chalicelib.core.tables import Key, Table, time_text
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.errors import CouponNotUsable
from chalicelib.loyalty.coupons.models import CouponBook, Entry
from chalicelib.loyalty.coupons.schemas import Companion, Kind, Terms
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Choice, Target
from chalicelib.trade.pricing.service import Basket, Quote

COLUMN = "优惠券优惠"
"""Of the file of orders."""
NONE = "none"
GOODS, FREIGHT = "coupon", "freight_coupon"
STEPS = (GOODS, FREIGHT)
_NAMES = {Companion.CAMPAIGN: "活动", Companion.MEMBER_PRICE: "会员价", Companion.POINTS: "积分"}


@dataclass(frozen=True)
class _Offer:
    """What a coupon would take off this basket, from which lines; or why it does not."""

    coupon_id: str
    entry: Entry
    amount: int = 0
    weights: Sequence[int] = ()
    reason: str = ""
    in_the_way: bool = False
    """Of something else that the buyer asked for: it is used only if it is asked for itself."""


class _Step(ABC):
    """What both steps share: look at every coupon of the book, take the one that was asked for, or the best."""

    name: str
    kinds: tuple[Kind, ...]
    target: Target
    before: tuple[Companion, ...] = (Companion.CAMPAIGN, Companion.MEMBER_PRICE)
    """Companions whose steps come before this one: a coupon keeps away from their lines; later ones from its."""

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        return {CouponBook: [basket.member_id]}

    def adjust(self, quote: Quote, found: Found) -> None:
        book: CouponBook | None = found[CouponBook].get(quote.member_id)
        if book is not None:
            quote.memory[CouponBook.__name__] = book
        entries = service.usable(book, quote.at) if book is not None else {}
        offers = [self._offer(quote, key, entry) for key, entry in entries.items() if entry.terms.kind in self.kinds]
        chosen = _chosen(offers, quote.options.get(self.name))
        quote.choices += [self._choice(each, each is chosen) for each in sorted(offers, key=_rank)]
        if chosen is not None:
            self._take(quote, chosen)

    def _offer(self, quote: Quote, coupon_id: str, entry: Entry) -> _Offer:
        terms = entry.terms
        if entry.valid_from > time_text(quote.at):
            return _Offer(coupon_id, entry, reason="未到使用时间")
        lines = quote.lines
        covered = [terms.scope.covers(each.product_id, each.category_id, each.brand_id) for each in lines]
        if not any(covered):
            return _Offer(coupon_id, entry, reason="不适用于所选商品")
        unwilling = [each for each in self.before if each in terms.exclusive_with]
        cost = _of(covered, quote.open_to(self.name, GOODS, not_with=[each.value for each in unwilling]))
        if not any(cost) and any(_of(covered, quote.discounted())):
            names = "、".join(_NAMES[each] for each in unwilling)
            return _Offer(coupon_id, entry, reason=f"不与{names or '其他优惠'}同享")
        if sum(cost) < terms.threshold_amount:
            return _Offer(coupon_id, entry, reason=f"未满{yuan(terms.threshold_amount)}元")
        return self._value(quote, coupon_id, entry, covered, cost)

    @abstractmethod
    def _value(
        self, quote: Quote, coupon_id: str, entry: Entry, covered: Sequence[bool], cost: Sequence[int]
    ) -> _Offer:
        """What the coupon takes off *cost*, which the lines it covers still cost."""

    def _choice(self, offer: _Offer, chosen: bool) -> Choice:
        return Choice(
            kind=self.name,
            id=offer.coupon_id,
            title=offer.entry.title,
            usable=not offer.reason,
            chosen=chosen,
            saved_amount=offer.amount,
            reason=offer.reason,
        )

    def _take(self, quote: Quote, offer: _Offer) -> None:
        terms = offer.entry.terms
        quote.adjust(
            self.name,
            offer.entry.title,
            -offer.amount,
            target=self.target,
            source_id=offer.coupon_id,
            weights=offer.weights,
            excludes=[Companion.POINTS.value] if Companion.POINTS in terms.exclusive_with else [],
            threshold_amount=terms.threshold_amount,
            below_threshold=terms.below_threshold,
        )

    def _in_the_way(self, quote: Quote, terms: Terms, cost: Sequence[int]) -> bool:
        """Whether it would keep points from lines on which the buyer asked for them."""
        wanted = quote.asked_for(Companion.POINTS.value)
        excludes = Companion.POINTS in terms.exclusive_with and Companion.POINTS not in self.before
        return excludes and any(want and amount for want, amount in zip(wanted, cost, strict=True))


class Coupons(_Step):
    """Off the goods: a fixed amount or a part, of the lines that the coupon covers and that are open to it.

    Its claim uses up the coupons of both steps: they stand in one book.
    """

    name, kinds, target = GOODS, (Kind.CASH, Kind.PERCENT), Target.GOODS

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        used = [each.source_id for each in quote.adjustments if each.kind in STEPS]
        if used:
            service.use(tx, quote.memory[CouponBook.__name__], used, order_id)

    def _value(
        self, quote: Quote, coupon_id: str, entry: Entry, covered: Sequence[bool], cost: Sequence[int]
    ) -> _Offer:
        terms, amount = entry.terms, entry.terms.off(sum(cost))
        reason, in_the_way = "" if amount else "所选商品无需优惠", self._in_the_way(quote, terms, cost)
        return _Offer(coupon_id, entry, amount, cost, reason, in_the_way)


class FreightCoupons(_Step):
    """Off the freight of the lines that the coupon covers, after every other step on goods and freight."""

    name, kinds, target, before = FREIGHT, (Kind.FREE_SHIPPING,), Target.FREIGHT, tuple(Companion)

    def claim(self, tx: Transaction, quote: Quote, order_id: str) -> None:
        """:class:`Coupons` has claimed for both."""

    def _value(
        self, quote: Quote, coupon_id: str, entry: Entry, covered: Sequence[bool], cost: Sequence[int]
    ) -> _Offer:
        # A line that costs nothing any more is carried all the same; one that is closed pays its own freight.
        closed = [paid > 0 and not amount for paid, amount in zip(quote.discounted(), cost, strict=True)]
        may = [yes and not shut for yes, shut in zip(covered, closed, strict=True)]
        freight = _of(may, quote.freighted())
        amount = min(sum(freight), entry.terms.cap_amount or sum(freight))
        return _Offer(coupon_id, entry, amount, freight, reason="" if amount else "当前无需运费")


def _chosen(offers: Sequence[_Offer], wanted: str | None) -> _Offer | None:
    """:raises CouponNotUsable: the buyer asked for one that does not go."""
    if wanted == NONE:
        return None
    if wanted is None:
        good = [each for each in offers if not each.reason and not each.in_the_way]
        return min(good, key=_rank, default=None)
    for each in offers:
        if each.coupon_id == wanted and not each.reason:
            return each
        if each.coupon_id == wanted:
            raise CouponNotUsable(reason=each.reason)
    raise CouponNotUsable(reason="不在您的可用优惠券中")


def _rank(offer: _Offer) -> tuple[bool, int, str, str]:
    """The best first: what takes off most, of those what ends earliest."""
    return bool(offer.reason), -offer.amount, offer.entry.expires_at, offer.coupon_id


def _of(covered: Sequence[bool], amounts: Sequence[int]) -> list[int]:
    return [amount if yes else 0 for yes, amount in zip(covered, amounts, strict=True)]
