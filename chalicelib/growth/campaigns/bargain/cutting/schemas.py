"""Starting and cutting, in and out."""

from __future__ import annotations

from chalicelib.core.schemas import Fen, Id, Schema


class StartBargain(Schema):
    """``POST /bargains``: for one piece of an item of a running campaign."""

    campaign_id: Id
    product_id: Id
    sku_id: Id


class CutMade(Schema):
    """``POST /bargains/{bargain_id}/cuts``: what my cut took off."""

    amount: Fen
    newcomer: bool
    """It was larger, because I am new."""
    price_amount: Fen
    """What it costs now."""
    cut_count: int
    cuts_total: int
