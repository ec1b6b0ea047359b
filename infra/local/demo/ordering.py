"""What every purchase of the story does: a line, an order at the price that the preview named, the payment."""

from __future__ import annotations

import secrets
from typing import Any

from infra.local.demo.browser import Browser

Document = dict[str, Any]


def line_of(buyer: Browser, product: Document, pieces: int = 1) -> Document:
    """*pieces* of the first SKU."""
    sku = buyer.get(f"/products/{product['id']}")["skus"][0]
    return {"product_id": product["id"], "sku_id": sku["id"], "quantity": pieces}


def place(buyer: Browser, asked: Document, preview: Document | None = None) -> Document:
    """The order, at the price of its preview, which is asked for if nobody has looked at it."""
    shown = preview or buyer.post("/checkout/preview", asked)
    body = {**asked, "expected_payable_amount": shown["payable_amount"]}
    order: Document = buyer.post("/orders", body, key=secrets.token_hex(8))
    return order


def pay(buyer: Browser, wechat: Browser, order: Document, how: Document | None = None) -> Document:
    """The sheet is opened, and the buyer pays. *how*: what accounts pay of it. :returns: what was begun."""
    begun: Document = buyer.post(f"/orders/{order['id']}/pay", how)
    wechat.post("/control/pay", {"parameters": begun["parameters"]})
    return begun
