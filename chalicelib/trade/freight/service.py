"""The flat rule, and trying freight out."""

from __future__ import annotations

from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.errors import Invalid
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products.models import Product
from chalicelib.trade.freight.adjuster import Freight
from chalicelib.trade.freight.models import MALL, FreightRule, effective
from chalicelib.trade.freight.schemas import SetFreight, TriedLine, TriedView, TryFreight
from chalicelib.trade.freight.templates import service as templates
from chalicelib.trade.pricing.errors import NotDeliverable
from chalicelib.trade.pricing.schemas import PricedLine
from chalicelib.trade.pricing.service import Quote


def rule() -> FreightRule:
    """The flat rule with the default template, this moment."""
    return effective(FreightRule.find(MALL, consistent=True))


def set_rule(asked: SetFreight) -> FreightRule:
    """Set the flat rule and the default template. :raises TemplateNotFound: no such template."""
    free_over, template = FreightRule.free_over_amount, FreightRule.default_template_id
    actions: list[Action] = [
        FreightRule.flat_amount.set(asked.flat_amount),
        free_over.remove() if asked.free_over_amount is None else free_over.set(asked.free_over_amount),
        template.remove() if asked.default_template_id is None else template.set(asked.default_template_id),
        FreightRule.updated_at.set(clock.now()),
    ]
    with Transaction() as tx:
        tx.update(FreightRule(id=MALL), actions)
        if asked.default_template_id is not None:
            templates.require(tx, asked.default_template_id)
    return rule()


def try_out(asked: TryFreight) -> TriedView:
    """What freight a basket would carry. One read. :raises Invalid: no such product or SKU."""
    products = [line.product_id for line in asked.lines]
    found = batch_get({FreightRule: [MALL], Product: products}, consistent=True)
    lines = [_line(number, line, found[Product].get(line.product_id)) for number, line in enumerate(asked.lines)]
    quote = Quote("", clock.now(), lines, region_code=asked.region_code)
    try:
        Freight().adjust(quote, found)
    except NotDeliverable as refusal:
        lost = [line["sku_id"] for line in refusal.details["lines"]]
        return TriedView(freight_amount=0, adjustments=[], undeliverable=lost)
    quote.settle()
    return TriedView(freight_amount=quote.freight_amount, adjustments=quote.adjustments, undeliverable=[])


def _line(number: int, asked: TriedLine, product: Product | None) -> PricedLine:
    sku = product.sku(asked.sku_id) if product else None
    if product is None or sku is None:
        raise Invalid(errors=[{"field": f"lines.{number}", "issue": "no such product or SKU"}])
    return PricedLine(
        product_id=product.id,
        sku_id=sku.id,
        stock_owner=product.id,
        name=product.name,
        spec="",
        picture="",
        quantity=asked.quantity,
        unit_amount=sku.price_amount,
        goods_amount=sku.price_amount * asked.quantity,
        weight_grams=sku.weight_grams or 0,
        volume_ml=sku.volume_ml or 0,
        freight_template_id=product.freight_template_id or "",
    )
