"""A flash sale, its buyers, and what the tables say of it."""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass
from typing import Any

from chalicelib.growth.campaigns.flash_sale.lots.service import Lot, lot_id, lots_of
from chalicelib.growth.campaigns.flash_sale.memory import service as memory
from chalicelib.growth.campaigns.flash_sale.models import Counter, FlashSaleTicket, FlashSaleTicketStatus, parse_holder
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.inventory import service as inventory
from chalicelib.mall.inventory.models import StockEntry
from chalicelib.trade.orders.models import Order
from tests.growth.campaigns.factories import Booth, item, stored
from tests.harness import Client, Reply
from tests.loyalty.factories import Counter as Desk
from tests.trade import factories

PLAY = "flash_sale"
TODAY, TEN, TWO_PM = "2026-11-24", "202611241000", "202611241400"
#: Ten in the morning is the moment at which the tests' clock stands.
SESSIONS = [{"day": TODAY, "time": "10:00", "minutes": 120}, {"day": TODAY, "time": "14:00", "minutes": 120}]
WINDOW = {"starts_at": f"{TODAY}T00:00:00+08:00", "ends_at": "2026-11-25T00:00:00+08:00"}


def goods(
    product: Product, amount: int = 9900, index: int = 0, *, pieces: dict[str, int], **more: Any
) -> dict[str, Any]:
    """A SKU with so many pieces by session."""
    sessions = [{"session": key, "pieces": count} for key, count in pieces.items()]
    stock = sum(pieces.values())
    return item(product, amount, index, stock=stock, terms={"sessions": sessions}, **more)


@dataclass
class Sale:
    """A running flash sale of one SKU, and its first buyer."""

    http: Client
    booth: Booth
    product: Product
    campaign: Any
    session: str = TEN

    @property
    def sku_id(self) -> str:
        return self.product.skus[0].id

    @property
    def lot_id(self) -> str:
        return lot_id(self.campaign["id"], self.session, self.sku_id)

    @property
    def lot(self) -> Lot:
        found = stored(self.campaign)
        known = found.item(self.sku_id)
        assert known is not None
        lots = lots_of(found.id, found.settings, self.sku_id, known)
        return next(each for each in lots if each.session == self.session)

    def buyer(self, name: str) -> Buyer:
        return Buyer(self.http, factories.shopper(name), self)

    def tickets(self) -> Tally[str]:
        """By status; an open one counts whether or not its time is over."""
        return Tally(each.status.value for each in FlashSaleTicket.scan(consistent_read=True))


@dataclass(frozen=True)
class Buyer(Desk):
    """One who wants the piece."""

    sale: Sale

    def tap(self) -> Reply:
        sale = self.sale
        body = {"campaign_id": sale.campaign["id"], "session": sale.session, "product_id": sale.product.id}
        return self.buyer.post("/flash-sale/tickets", json={**body, "sku_id": sale.sku_id})

    def look(self) -> Any:
        return self.preview(factories.line(self.sale.product), flash_sale=self.sale.lot_id)

    def buy(self, payable: int | None = None, key: str = "tap-00001") -> Reply:
        line = factories.line(self.sale.product)
        return self.try_order(line, key=key, payable=payable, flash_sale=self.sale.lot_id)

    @property
    def ticket(self) -> FlashSaleTicket | None:
        return FlashSaleTicket.find(self.shopper.id, self.sale.lot_id, consistent=True)


def open_sale(booth: Booth, pieces: int = 3, *, stock: int = 10, later: int = 0, **more: Any) -> Sale:
    """*pieces* at ten and *later* at two, of a product of *stock*; the ticket lasts five minutes."""
    quilt = factories.product(price=12_000, stock=stock)
    shares = {TEN: pieces, **({TWO_PM: later} if later else {})}
    sessions = SESSIONS if later else SESSIONS[:1]
    settings = {"sessions": sessions, **more.pop("settings", {})}
    kept = {name: more.pop(name) for name in ("per_member_max",) if name in more}
    campaign = booth.run(PLAY, goods(quilt, pieces=shares, **kept), settings=settings, **{**WINDOW, **more})
    return Sale(booth.http, booth, quilt, campaign)


def forget() -> None:
    """Another process answers now."""
    memory.forget()


def in_stock(sale: Sale) -> int:
    """Pieces in the shards of the sale, all sessions."""
    return sum(each["left"] for each in sale.booth.show(sale.campaign)["stocks"])


def free(sale: Sale) -> int:
    """What the counters of the session would still let in."""
    rows = {each.id: each.left for each in Counter.scan(consistent_read=True)}
    lot = sale.lot
    return sum(rows.get(lot.counter_id(n), lot.pieces_of(n)) for n in range(lot.shards))


def require_sound(sale: Sale, whole: int, *, settled: bool = True) -> None:
    """Nothing is lost, nothing is there twice; *settled*: nothing is on its way either.

    Inventory: product + shards + orders (without what came back of them) = *whole*, each log sums to its number.
    Counters: left + holders = pieces, none below zero. Between them: what the counters would let in, and who was let
    in, is in the stock.
    """
    orders = [each for each in Order.scan(consistent_read=True) if each.status != "canceled"]
    held = sum(_kept(each, sale.sku_id) for each in orders)
    lot, keys = sale.lot, {}
    for shard in range(lot.shards):
        keys[shard] = (lot.stock_owner(shard), sale.sku_id)
    stocks = inventory.stocks([*keys.values(), (sale.product.id, sale.sku_id)], consistent=True)
    for key, stock in stocks.items():
        log = StockEntry.query(key.text, consistent_read=True)
        assert sum(each.delta for each in log) == stock.available >= 0
    assert sum(each.available for each in stocks.values()) + held == whole
    rows = {each.id: each for each in Counter.scan(consistent_read=True)}
    open_tickets = [
        each for each in FlashSaleTicket.scan(consistent_read=True) if each.status is FlashSaleTicketStatus.OPEN
    ]
    pieces: dict[int, int] = {}
    for shard, key in keys.items():
        row = rows.get(lot.counter_id(shard))
        left = lot.pieces_of(shard) if row is None else row.left
        holders = (row.holders if row is not None else None) or set()
        assert left >= 0
        pieces[shard] = left + len(holders)
        let_in = sum(each.stock_owner == key[0] for each in open_tickets)
        available = next(each.available for each in stocks.values() if each.owner == key[0])
        assert left + let_in == available if settled else left + let_in <= available
        assert len({parse_holder(each)[0] for each in holders}) == len(holders)
    added = stored(sale.campaign).added.get(f"{sale.sku_id}#{sale.session}")
    if added is None:
        assert pieces == {shard: lot.pieces_of(shard) for shard in keys}
    else:
        assert sum(pieces.values()) == lot.pieces + added


def _kept(order: Order, sku_id: str) -> int:
    lines = [(number, line) for number, line in enumerate(order.lines) if line.sku_id == sku_id]
    return sum(line.quantity - order.refunded_units.get(str(number), 0) for number, line in lines)
