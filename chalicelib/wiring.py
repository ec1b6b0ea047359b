"""The lists: which routes, reactions and jobs there are. What features plug into each other: ``extensions.py``.

A new feature adds its lines here; nothing else in the house names it. What stands here are names: a cold start
imports none of it. ``chalicelib/index.json``, made from these lists by ``make openapi`` and held current by a test,
says which module answers a route, an event, a job; it is imported when it is first asked.
"""

from __future__ import annotations

import json
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from chalicelib.core import events, jobs, metrics, plugs
from chalicelib.extensions import PLUG_LISTS, PLUG_MAPS

if TYPE_CHECKING:
    from chalicelib.core.api import Api, House
    from chalicelib.core.operations import Operation

INDEX = Path(__file__).with_name("index.json")

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
    "chalicelib.mall.exports.admin",
    "chalicelib.mall.pushes.hooks",
    "chalicelib.mall.uploads.routes",
    "chalicelib.mall.stores.admin",
    "chalicelib.mall.stores.clerks.admin",
    "chalicelib.mall.stores.routes",
    "chalicelib.mall.inventory.desk.admin",
    "chalicelib.mall.catalog.desk.admin",
    "chalicelib.mall.catalog.editing.admin",
    "chalicelib.mall.catalog.imports.admin",
    "chalicelib.mall.catalog.imports.exports.admin",
    "chalicelib.mall.catalog.media.admin",
    "chalicelib.mall.catalog.taxonomy.admin",
    "chalicelib.mall.links.admin",
    "chalicelib.mall.links.routes",
    "chalicelib.mall.storefront.browsing.routes",
    "chalicelib.mall.storefront.favorites.routes",
    "chalicelib.mall.storefront.history.routes",
    "chalicelib.mall.storefront.home.routes",
    "chalicelib.mall.storefront.indexing.admin",
    "chalicelib.mall.storefront.layouts.admin",
    "chalicelib.mall.storefront.listing.routes",
    "chalicelib.mall.storefront.searches.admin",
    "chalicelib.mall.storefront.searches.routes",
    "chalicelib.mall.posters.previews.admin",
    "chalicelib.mall.posters.routes",
    "chalicelib.mall.posters.templates.admin",
    "chalicelib.trade.freight.admin",
    "chalicelib.trade.freight.templates.admin",
    "chalicelib.trade.orders.desk.admin",
    "chalicelib.trade.orders.edits.admin",
    "chalicelib.trade.orders.routes",
    "chalicelib.trade.cart.routes",
    "chalicelib.trade.payments.admin",
    "chalicelib.trade.payments.refunds.admin",
    "chalicelib.trade.payments.routes",
    "chalicelib.trade.payments.wechat.hooks",
    "chalicelib.trade.reconciliation.admin",
    "chalicelib.trade.reconciliation.ledgers.admin",
    "chalicelib.trade.checkout.admin",
    "chalicelib.trade.checkout.routes",
    "chalicelib.trade.fulfillment.batches.admin",
    "chalicelib.trade.fulfillment.carriers.admin",
    "chalicelib.trade.fulfillment.shipments.desk.admin",
    "chalicelib.trade.fulfillment.shipments.handover.admin",
    "chalicelib.trade.fulfillment.shipments.picking.admin",
    "chalicelib.trade.fulfillment.shipments.routes",
    "chalicelib.trade.fulfillment.shipments.waybills.admin",
    "chalicelib.trade.fulfillment.entitlements.desk.admin",
    "chalicelib.trade.fulfillment.entitlements.mine.routes",
    "chalicelib.trade.fulfillment.entitlements.verifying.admin",
    "chalicelib.trade.fulfillment.goods_codes.admin",
    "chalicelib.trade.fulfillment.goods_codes.routes",
    "chalicelib.trade.fulfillment.completion.admin",
    "chalicelib.trade.fulfillment.completion.routes",
    "chalicelib.trade.fulfillment.printing.admin",
    "chalicelib.trade.fulfillment.reporting.admin",
    "chalicelib.trade.fulfillment.tracking.desk.admin",
    "chalicelib.trade.fulfillment.tracking.hooks",
    "chalicelib.trade.fulfillment.tracking.routes",
    "chalicelib.trade.after_sales.desk.admin",
    "chalicelib.trade.after_sales.routes",
    "chalicelib.trade.invoices.desk.admin",
    "chalicelib.trade.invoices.routes",
    "chalicelib.trade.reviews.desk.admin",
    "chalicelib.trade.reviews.showing.routes",
    "chalicelib.trade.reviews.tags.admin",
    "chalicelib.trade.reviews.writing.routes",
    "chalicelib.loyalty.segments.audiences.admin",
    "chalicelib.loyalty.segments.audiences.exports.admin",
    "chalicelib.loyalty.segments.editing.admin",
    "chalicelib.loyalty.segments.members.admin",
    "chalicelib.loyalty.segments.runs.admin",
    "chalicelib.loyalty.coupons.claims.routes",
    "chalicelib.loyalty.coupons.codes.admin",
    "chalicelib.loyalty.coupons.grants.admin",
    "chalicelib.loyalty.coupons.pocket.routes",
    "chalicelib.loyalty.coupons.redeeming.admin",
    "chalicelib.loyalty.coupons.templates.admin",
    "chalicelib.loyalty.points.rules.admin",
    "chalicelib.loyalty.points.statements.admin",
    "chalicelib.loyalty.points.statements.routes",
    "chalicelib.loyalty.membership.cards.admin",
    "chalicelib.loyalty.membership.cards.plans.admin",
    "chalicelib.loyalty.membership.cards.routes",
    "chalicelib.loyalty.membership.ladder.admin",
    "chalicelib.loyalty.membership.ladder.routes",
    "chalicelib.loyalty.membership.prices.admin",
    "chalicelib.loyalty.membership.prices.routes",
    "chalicelib.loyalty.membership.standing.admin",
    "chalicelib.loyalty.membership.standing.routes",
    "chalicelib.loyalty.wallet.plans.admin",
    "chalicelib.loyalty.wallet.returns.routes",
    "chalicelib.loyalty.wallet.statements.admin",
    "chalicelib.loyalty.wallet.statements.routes",
    "chalicelib.loyalty.wallet.verifying.routes",
    "chalicelib.loyalty.rewards.admin",
    "chalicelib.loyalty.rewards.routes",
    "chalicelib.loyalty.gifts.mine.routes",
    "chalicelib.loyalty.gifts.rules.admin",
    "chalicelib.loyalty.tasks.check_in.desk.admin",
    "chalicelib.loyalty.tasks.check_in.routes",
    "chalicelib.loyalty.tasks.check_in.rules.admin",
    "chalicelib.loyalty.tasks.center.editing.admin",
    "chalicelib.loyalty.tasks.center.routes",
    "chalicelib.growth.notifications.checkup.admin",
    "chalicelib.growth.service_desk.board.admin",
    "chalicelib.growth.service_desk.board.routes",
    "chalicelib.growth.service_desk.chats.desk.admin",
    "chalicelib.growth.service_desk.faq.admin",
    "chalicelib.growth.service_desk.faq.routes",
    "chalicelib.growth.service_desk.tickets.desk.admin",
    "chalicelib.growth.service_desk.tickets.routes",
    "chalicelib.growth.campaigns.base.desk.admin",
    "chalicelib.growth.campaigns.base.pieces.admin",
    "chalicelib.growth.campaigns.base.reminders.routes",
    "chalicelib.growth.campaigns.base.shop.routes",
    "chalicelib.growth.campaigns.flash_sale.sessions.routes",
    "chalicelib.growth.campaigns.flash_sale.tickets.routes",
    "chalicelib.growth.campaigns.group_buy.desk.admin",
    "chalicelib.growth.campaigns.group_buy.shop.routes",
    "chalicelib.growth.campaigns.assist.desk.admin",
    "chalicelib.growth.campaigns.assist.shop.routes",
    "chalicelib.growth.campaigns.bargain.desk.admin",
    "chalicelib.growth.campaigns.bargain.shop.routes",
    "chalicelib.growth.campaigns.lucky_draw.desk.admin",
    "chalicelib.growth.campaigns.lucky_draw.routes",
    "chalicelib.growth.campaigns.new_arrival.desk.admin",
    "chalicelib.growth.campaigns.presale.desk.admin",
    "chalicelib.growth.campaigns.presale.shop.routes",
    "chalicelib.growth.campaigns.product_trial.desk.admin",
    "chalicelib.growth.campaigns.product_trial.shop.routes",
    "chalicelib.growth.notifications.desk.admin",
    "chalicelib.growth.notifications.quotas.routes",
    "chalicelib.growth.notifications.resending.admin",
    "chalicelib.growth.notifications.templates.admin",
    "chalicelib.growth.notifications.templates.routes",
]

SUBSCRIBERS: list[str] = [
    "chalicelib.mall.exports.subscribers",
    "chalicelib.mall.moderation.subscribers",
    "chalicelib.mall.inventory.subscribers",
    "chalicelib.mall.catalog.imports.subscribers",
    "chalicelib.mall.catalog.products.subscribers",
    "chalicelib.mall.links.visits.subscribers",
    "chalicelib.mall.storefront.favorites.subscribers",
    "chalicelib.mall.storefront.history.subscribers",
    "chalicelib.mall.storefront.indexing.subscribers",
    "chalicelib.mall.storefront.searches.subscribers",
    "chalicelib.mall.posters.subscribers",
    "chalicelib.trade.orders.subscribers",
    "chalicelib.trade.cart.subscribers",
    "chalicelib.trade.payments.purchases.subscribers",
    "chalicelib.trade.payments.refunds.subscribers",
    "chalicelib.trade.payments.subscribers",
    "chalicelib.trade.reconciliation.ledgers.subscribers",
    "chalicelib.trade.reconciliation.subscribers",
    "chalicelib.trade.checkout.subscribers",
    "chalicelib.trade.fulfillment.batches.subscribers",
    "chalicelib.trade.fulfillment.shipments.subscribers",
    "chalicelib.trade.fulfillment.entitlements.subscribers",
    "chalicelib.trade.fulfillment.goods_codes.subscribers",
    "chalicelib.trade.fulfillment.completion.subscribers",
    "chalicelib.trade.fulfillment.reporting.subscribers",
    "chalicelib.trade.fulfillment.tracking.subscribers",
    "chalicelib.trade.after_sales.subscribers",
    "chalicelib.trade.invoices.subscribers",
    "chalicelib.trade.reviews.subscribers",
    "chalicelib.loyalty.segments.audiences.subscribers",
    "chalicelib.loyalty.segments.subscribers",
    "chalicelib.loyalty.coupons.subscribers",
    "chalicelib.loyalty.points.subscribers",
    "chalicelib.loyalty.membership.cards.subscribers",
    "chalicelib.loyalty.membership.subscribers",
    "chalicelib.loyalty.wallet.subscribers",
    "chalicelib.loyalty.rewards.subscribers",
    "chalicelib.loyalty.gifts.subscribers",
    "chalicelib.loyalty.tasks.check_in.subscribers",
    "chalicelib.loyalty.tasks.center.subscribers",
    "chalicelib.growth.notifications.loyalty.subscribers",
    "chalicelib.growth.campaigns.assist.subscribers",
    "chalicelib.growth.campaigns.bargain.subscribers",
    "chalicelib.growth.campaigns.base.reminders.subscribers",
    "chalicelib.growth.campaigns.base.subscribers",
    "chalicelib.growth.campaigns.flash_sale.subscribers",
    "chalicelib.growth.campaigns.group_buy.subscribers",
    "chalicelib.growth.campaigns.lucky_draw.subscribers",
    "chalicelib.growth.campaigns.presale.subscribers",
    "chalicelib.growth.campaigns.product_trial.subscribers",
    "chalicelib.growth.notifications.after_sales.subscribers",
    "chalicelib.growth.notifications.orders.subscribers",
    "chalicelib.growth.notifications.pickups.subscribers",
    "chalicelib.growth.notifications.invoices.subscribers",
    "chalicelib.growth.notifications.memberships.subscribers",
    "chalicelib.growth.notifications.reviews.subscribers",
    "chalicelib.growth.notifications.subscribers",
    "chalicelib.growth.service_desk.subscribers",
]

JOBS: list[str] = [
    "chalicelib.core.backfill",
    "chalicelib.mall.storefront.indexing.jobs",
    "chalicelib.mall.storefront.searches.jobs",
    "chalicelib.trade.payments.refunds.jobs",
    "chalicelib.trade.reconciliation.jobs",
    "chalicelib.trade.reconciliation.ledgers.jobs",
    "chalicelib.trade.fulfillment.tracking.jobs",
    "chalicelib.loyalty.segments.audiences.jobs",
    "chalicelib.loyalty.segments.jobs",
    "chalicelib.loyalty.points.jobs",
    "chalicelib.loyalty.gifts.jobs",
    "chalicelib.growth.campaigns.base.jobs",
    "chalicelib.growth.campaigns.flash_sale.jobs",
    "chalicelib.growth.campaigns.group_buy.jobs",
]

# What the dashboard counts when an event is committed; after a colon the field whose numbers are added up.
COUNTED: dict[str, list[str]] = {
    "OrderPlaced": ["OrdersPlaced"],
    "OrderPaid": ["OrdersPaid"],
    "OrderCanceled": ["OrdersCanceled"],
    "OrderCompleted": ["OrdersCompleted"],
    "PaymentSucceeded": ["PaymentsSucceeded", "PaidAmount:amount", "LatePayments:late"],
    "RefundRequested": ["RefundsRequested"],
    "RefundSucceeded": ["RefundsSucceeded"],
    "RefundFailed": ["RefundsFailed"],
    "DayReconciled": ["DaysReconciled", "PaymentDifferences:new"],
}


def furnish(app: House) -> None:
    """Put every feature into the house, by name."""
    plugs.offer(PLUG_LISTS, PLUG_MAPS)
    metrics.count_events(COUNTED)
    index = json.loads(INDEX.read_text(encoding="utf-8"))
    events.announce(index["events"], index["reactions"])
    jobs.announce(index["jobs"])
    for route in index["routes"]:
        app.open(route["method"], route["path"], partial(_operation, **route))


def apis() -> list[Api]:
    """The routes of every feature, and the reference that shows them."""
    return [*(api_of(name) for name in ROUTES), _reference()]


def operations() -> list[Operation]:
    """Every operation of the mall."""
    return [operation for api in apis() for operation in api.operations]


def api_of(module: str) -> Api:
    """The routes that a module holds; this one holds the reference."""
    api: Api = _reference() if module == __name__ else import_module(module).api
    return api


@cache
def _operation(module: str, method: str, path: str) -> Operation:
    return next(each for each in api_of(module).operations if (each.method, each.path) == (method, path))


@cache
def _reference() -> Api:
    from chalicelib.core import reference

    return reference.api(operations)
