"""The price step of plays in which friends help: the price of what a member started, for its owner alone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar

from chalicelib.core.tables import Key, Table
from chalicelib.growth.campaigns.base import service as campaigns
from chalicelib.growth.campaigns.base.service import Running
from chalicelib.trade.pricing.adjuster import Found
from chalicelib.trade.pricing.schemas import Choice
from chalicelib.trade.pricing.service import Basket, Quote

S = TypeVar("S", bound=Table)


class StartedPrice(ABC, Generic[S]):
    """Stands before ``BestPrice``. The option that is named as the play names the row; its one piece has its price."""

    name: str
    table: type[S]
    title: str
    """The play, in the buyer's words."""

    def needs(self, basket: Basket) -> Mapping[type[Table], Iterable[Key]]:
        named = basket.options.get(self.name)
        return {**campaigns.needs(basket), **({self.table: [named]} if named else {})}

    def adjust(self, quote: Quote, found: Found) -> None:
        """Another's is not found. Why the owner's can not be used, ``choices`` says."""
        started: Any = found.get(self.table, {}).get(quote.options.get(self.name, ""))
        if started is None or started.member_id != quote.member_id:
            return
        mine = [number for number, line in enumerate(quote.lines) if line.sku_id == started.sku_id]
        run = campaigns.earned_in(quote, found, self.name, started.campaign_id)
        reason = self.why_not(started, run, quote, quote.lines[mine[0]].quantity) if mine else f"不含{self.title}商品"
        if reason or run is None:
            title = run.posting.title if run is not None else self.title
            quote.choices.append(Choice(kind=self.name, id=started.id, title=title, usable=False, reason=reason))
            return
        amount, owner = self.unit_amount(started), self.stock_owner(started)
        if campaigns.offer_price(quote, found, run, mine[0], amount, stock_owner=owner):
            quote.memory[self.name] = started

    def taken(self, quote: Quote) -> S | None:
        """The row whose price was taken, for ``claim``; None: none was, or another price was better."""
        started: Any = quote.memory.get(self.name)
        if started is None:
            return None
        uses = ((each.kind, each.source_id) for each in quote.taken)
        return started if (self.name, started.campaign_id) in uses else None

    @abstractmethod
    def why_not(self, started: S, run: Running | None, quote: Quote, quantity: int) -> str:
        """Why so many pieces can not have the price now, in the buyer's words; empty: they can."""

    @abstractmethod
    def unit_amount(self, started: S) -> int:
        """What the piece costs now."""

    def stock_owner(self, started: S) -> str | None:
        """Whose pieces they are; None: the campaign's, or the product's."""
        return None
