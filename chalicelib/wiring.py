"""The lists: which routes, reactions and jobs there are, and in which order prices are made.

A new feature adds its lines here; nothing else in the house names it.
"""

from __future__ import annotations

from importlib import import_module

from chalicelib.core import reference
from chalicelib.core.api import Api, House, Operation
from chalicelib.mall.identity.privacy import service as privacy
from chalicelib.mall.storefront.searches import service as searches
from chalicelib.trade.cart import service as cart
from chalicelib.trade.checkout import service as checkout
from chalicelib.trade.freight.adjuster import Freight
from chalicelib.trade.orders import service as orders
from chalicelib.trade.payments import tender
from chalicelib.trade.payments.tender import Tender
from chalicelib.trade.payments.wechat.tender import WechatPay
from chalicelib.trade.pricing.adjuster import Adjuster

ROUTES: list[str] = [
    "chalicelib.mall.identity.addresses.routes",
    "chalicelib.mall.identity.members.admin",
    "chalicelib.mall.identity.members.routes",
    "chalicelib.mall.identity.phones.admin",
    "chalicelib.mall.identity.phones.routes",
    "chalicelib.mall.identity.privacy.routes",
    "chalicelib.mall.identity.regions.routes",
    "chalicelib.mall.identity.sessions.routes",
    "chalicelib.mall.identity.staff.accounts.admin",
    "chalicelib.mall.identity.staff.operations.admin",
    "chalicelib.mall.identity.staff.roles.admin",
    "chalicelib.mall.identity.staff.sessions.admin",
    "chalicelib.mall.inventory.desk.admin",
    "chalicelib.mall.catalog.desk.admin",
    "chalicelib.mall.catalog.editing.admin",
    "chalicelib.mall.catalog.imports.admin",
    "chalicelib.mall.catalog.imports.exports.admin",
    "chalicelib.mall.catalog.media.admin",
    "chalicelib.mall.catalog.taxonomy.admin",
    "chalicelib.mall.storefront.browsing.routes",
    "chalicelib.mall.storefront.indexing.admin",
    "chalicelib.mall.storefront.listing.routes",
    "chalicelib.mall.storefront.searches.admin",
    "chalicelib.mall.storefront.searches.routes",
    "chalicelib.trade.freight.admin",
    "chalicelib.trade.orders.desk.admin",
    "chalicelib.trade.orders.edits.admin",
    "chalicelib.trade.orders.routes",
    "chalicelib.trade.cart.routes",
    "chalicelib.trade.payments.admin",
    "chalicelib.trade.payments.refunds.admin",
    "chalicelib.trade.payments.routes",
    "chalicelib.trade.payments.wechat.hooks",
    "chalicelib.trade.checkout.admin",
    "chalicelib.trade.checkout.routes",
]

SUBSCRIBERS: list[str] = [
    "chalicelib.mall.inventory.subscribers",
    "chalicelib.mall.catalog.imports.subscribers",
    "chalicelib.mall.catalog.products.subscribers",
    "chalicelib.mall.storefront.indexing.subscribers",
    "chalicelib.mall.storefront.searches.subscribers",
    "chalicelib.trade.orders.subscribers",
    "chalicelib.trade.cart.subscribers",
    "chalicelib.trade.payments.refunds.subscribers",
    "chalicelib.trade.payments.subscribers",
    "chalicelib.trade.checkout.subscribers",
]

JOBS: list[str] = [
    "chalicelib.mall.storefront.indexing.jobs",
    "chalicelib.mall.storefront.searches.jobs",
    "chalicelib.trade.payments.refunds.jobs",
]

ADJUSTERS: list[Adjuster] = [
    # Order of application: item price, limited discount, spend-and-save, coupon, points, freight.
    Freight(),
]

TENDERS: list[Tender] = [WechatPay()]
"""The ways to pay."""


def apis() -> list[Api]:
    """The routes of every feature, and the reference that shows them."""
    return [*(import_module(name).api for name in ROUTES), _reference]


def operations() -> list[Operation]:
    """Every operation of the mall."""
    return [operation for api in apis() for operation in api.operations]


_reference = reference.api(operations)


def furnish(app: House) -> None:
    """Put every feature into the house."""
    for name in (*SUBSCRIBERS, *JOBS):
        import_module(name)
    privacy.export_parts["searches"] = searches.export
    checkout.adjusters[:] = ADJUSTERS
    tender.tenders[:] = TENDERS
    privacy.closing_checks[:] = [orders.stands_against_closing]
    privacy.export_parts.update(orders=orders.export, cart=cart.export)
    for api in apis():
        app.register_blueprint(api)
