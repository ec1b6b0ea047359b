"""The lists: which routes, reactions and jobs there are, and in which order prices are made.

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
    "chalicelib.growth.campaigns.base.reminders.routes",
    "chalicelib.growth.campaigns.base.shop.routes",
    "chalicelib.growth.campaigns.flash_sale.sessions.routes",
    "chalicelib.growth.campaigns.flash_sale.tickets.routes",
    "chalicelib.growth.campaigns.group_buy.desk.admin",
    "chalicelib.growth.campaigns.group_buy.shop.routes",
    "chalicelib.growth.campaigns.assist.shop.routes",
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
    "chalicelib.growth.notifications.orders.subscribers",
    "chalicelib.growth.notifications.pickups.subscribers",
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

PLUG_LISTS: dict[str, list[str]] = {
    # Order of application: what refuses, those that offer an item price, the choice among them, limited discount,
    # spend-and-save, coupon, points, freight, what comes off the freight.
    "adjusters": [
        "chalicelib.loyalty.membership.prices.adjuster:ExclusiveProducts",
        "chalicelib.loyalty.membership.prices.adjuster:MemberPrice",
        "chalicelib.loyalty.points.adjuster:PointsMallPrice",
        "chalicelib.growth.campaigns.first_purchase.adjuster:FirstPurchasePrice",
        "chalicelib.growth.campaigns.flash_sale.adjuster:FlashSalePrice",
        "chalicelib.growth.campaigns.group_buy.adjuster:GroupBuyPrice",
        "chalicelib.growth.campaigns.assist.adjuster:AssistPrice",
        "chalicelib.growth.campaigns.bargain.adjuster:BargainPrice",
        "chalicelib.growth.campaigns.presale.adjuster:PresalePrice",
        "chalicelib.growth.campaigns.product_trial.adjuster:ProductTrialPrice",
        "chalicelib.growth.campaigns.limited_discount.adjuster:LimitedDiscountPrice",
        "chalicelib.growth.campaigns.lucky_draw.adjuster:WonGoodsPrice",
        "chalicelib.growth.campaigns.member_day.adjuster:MemberDayPrice",
        "chalicelib.growth.campaigns.new_arrival.adjuster:NewArrivalPrice",
        "chalicelib.trade.pricing.adjuster:BestPrice",
        "chalicelib.growth.campaigns.member_day.adjuster:MemberDayPoints",
        "chalicelib.growth.campaigns.new_arrival.adjuster:NewArrivalMark",
        "chalicelib.growth.campaigns.n_for_price.adjuster:NForPriceOff",
        "chalicelib.growth.campaigns.spend_and_save.adjuster:SpendAndSaveOff",
        "chalicelib.growth.campaigns.gift_with_purchase.adjuster:Gifts",
        "chalicelib.loyalty.coupons.adjuster:Coupons",
        "chalicelib.loyalty.points.adjuster:PointsOff",
        "chalicelib.growth.campaigns.base.profit.adjuster:ProfitGuard",
        "chalicelib.trade.freight.adjuster:Freight",
        "chalicelib.growth.campaigns.lucky_draw.adjuster:WonGoodsShipping",
        "chalicelib.loyalty.membership.shipping.adjuster:MemberShipping",
        "chalicelib.growth.campaigns.free_shipping_over.adjuster:FreeShippingOff",
        "chalicelib.loyalty.coupons.adjuster:FreightCoupons",
        "chalicelib.growth.campaigns.base.adjuster:CampaignUses",
    ],
    # What each benefit may take off a unit at most, in the order of application: trade/pricing/floors.
    "price_floors": [
        "chalicelib.loyalty.membership.floors.service:MemberPriceFloor",
        "chalicelib.loyalty.coupons.floors.service:CouponFloor",
        "chalicelib.loyalty.points.floors.service:PointsFloor",
    ],
    # Who knows how buyers rate products: ids → ratings.
    "product_ratings": ["chalicelib.trade.reviews.summary.service:ratings"],
    # What multiplies the points that an order earns: order → 1/10,000, or None.
    "points_multipliers": ["chalicelib.growth.campaigns.member_day.service:multiplier"],
    # The ways to pay.
    "tenders": ["chalicelib.trade.payments.wechat.tender:WechatPay"],
    # Accounts of the mall's own that pay a part, or everything.
    "account_tenders": [
        "chalicelib.loyalty.wallet.tender:WalletTender",
        "chalicelib.trade.payments.purchases.tender:Advances",
    ],
    # Who knows the freight templates that products name.
    "freight_templates": ["chalicelib.trade.freight.templates.service:knows"],
    # Who else looks at each member when segments walk through all of them.
    "member_visits": [
        "chalicelib.loyalty.membership.service:visit",
        "chalicelib.loyalty.gifts.days.service:visit",
    ],
    # Changes of old items that this release wants (core/backfill.py); taken out a release later.
    "backfills": [],
    # What may stand against closing an account.
    "closing_checks": [
        "chalicelib.trade.orders.service:stands_against_closing",
        "chalicelib.trade.after_sales.service:stands_against_closing",
        "chalicelib.loyalty.wallet.statements.service:stands_against_closing",
        "chalicelib.growth.campaigns.presale.shop.service:stands_against_closing",
        "chalicelib.growth.campaigns.product_trial.shop.service:stands_against_closing",
    ],
}

PLUG_MAPS: dict[str, dict[str, str]] = {
    # What features keep about a member, for the copy of their data.
    "export_parts": {
        "favorites": "chalicelib.mall.storefront.favorites.service:export",
        "history": "chalicelib.mall.storefront.history.service:export",
        "searches": "chalicelib.mall.storefront.searches.service:export",
        "links": "chalicelib.mall.links.service:export",
        "visits": "chalicelib.mall.links.visits.service:export",
        "posters": "chalicelib.mall.posters.service:export",
        "orders": "chalicelib.trade.orders.service:export",
        "entitlements": "chalicelib.trade.fulfillment.entitlements.mine.service:export",
        "after_sales": "chalicelib.trade.after_sales.service:export",
        "cart": "chalicelib.trade.cart.service:export",
        "invoices": "chalicelib.trade.invoices.service:export",
        "reviews": "chalicelib.trade.reviews.writing.service:export",
        "segments": "chalicelib.loyalty.segments.members.service:export",
        "coupons": "chalicelib.loyalty.coupons.pocket.service:export",
        "gifts": "chalicelib.loyalty.gifts.mine.service:export",
        "membership": "chalicelib.loyalty.membership.standing.service:export",
        "assists": "chalicelib.growth.campaigns.assist.shop.service:export",
        "bargains": "chalicelib.growth.campaigns.bargain.shop.service:export",
        "campaigns": "chalicelib.growth.campaigns.base.limits.service:export",
        "reminders": "chalicelib.growth.campaigns.base.reminders.service:export",
        "flash_sale_tickets": "chalicelib.growth.campaigns.flash_sale.tickets.service:export",
        "board": "chalicelib.growth.service_desk.board.service:export",
        "chats": "chalicelib.growth.service_desk.chats.service:export",
        "tickets": "chalicelib.growth.service_desk.tickets.service:export",
        "groups": "chalicelib.growth.campaigns.group_buy.shop.service:export",
        "deposits": "chalicelib.growth.campaigns.presale.shop.service:export",
        "trials": "chalicelib.growth.campaigns.product_trial.shop.service:export",
        "draws": "chalicelib.growth.campaigns.lucky_draw.showing.service:export",
        "notifications": "chalicelib.growth.notifications.service:export",
        "points": "chalicelib.loyalty.points.statements.service:export",
        "cards": "chalicelib.loyalty.membership.cards.service:export",
        "wallet": "chalicelib.loyalty.wallet.statements.service:export",
        "waiting_coupons": "chalicelib.loyalty.rewards.service:export",
        "check_in": "chalicelib.loyalty.tasks.check_in.service:export",
        "tasks": "chalicelib.loyalty.tasks.center.service:export",
    },
    # Accounts that must be the sum of their entries: trade/reconciliation/ledgers.
    "ledgers": {
        "growth": "chalicelib.loyalty.membership.models:LEDGER",
        "points": "chalicelib.loyalty.points.models:LEDGER",
        "wallet": "chalicelib.loyalty.wallet.models:LEDGER",
    },
    # What is bought that is no order, by what stands before the "_" of its numbers.
    "purchase_kinds": {
        "crd": "chalicelib.loyalty.membership.cards.service:CardPurchases",
        "psd": "chalicelib.growth.campaigns.presale.deposits.service:DepositPurchases",
        "trd": "chalicelib.growth.campaigns.product_trial.deposits.service:TrialDeposits",
        "top": "chalicelib.loyalty.wallet.top_ups.service:TopUps",
    },
    # Who fulfills an order, by its way: trade/fulfillment/shipments.
    "fulfillers": {
        "code": "chalicelib.trade.fulfillment.goods_codes.giving.service:Codes",
        "parcel": "chalicelib.trade.fulfillment.shipments.service:Shipping",
        "pickup": "chalicelib.trade.fulfillment.entitlements.opening.service:Counter",
        "voucher": "chalicelib.trade.fulfillment.entitlements.opening.service:Counter",
    },
    # The sorts of campaigns: growth/campaigns/base/plays.
    "campaign_plays": {
        "first_purchase": "chalicelib.growth.campaigns.first_purchase.service:FirstPurchase",
        "flash_sale": "chalicelib.growth.campaigns.flash_sale.service:FlashSale",
        "assist": "chalicelib.growth.campaigns.assist.service:AssistPlay",
        "bargain": "chalicelib.growth.campaigns.bargain.service:BargainPlay",
        "free_shipping_over": "chalicelib.growth.campaigns.free_shipping_over.service:FreeShipping",
        "gift_with_purchase": "chalicelib.growth.campaigns.gift_with_purchase.service:GiftWithPurchase",
        "group_buy": "chalicelib.growth.campaigns.group_buy.service:GroupBuy",
        "limited_discount": "chalicelib.growth.campaigns.limited_discount.service:LimitedDiscount",
        "lucky_draw": "chalicelib.growth.campaigns.lucky_draw.service:LuckyDraw",
        "member_day": "chalicelib.growth.campaigns.member_day.service:MemberDay",
        "new_arrival": "chalicelib.growth.campaigns.new_arrival.service:NewArrival",
        "n_for_price": "chalicelib.growth.campaigns.n_for_price.service:NForPrice",
        "presale": "chalicelib.growth.campaigns.presale.service:PresalePlay",
        "product_trial": "chalicelib.growth.campaigns.product_trial.service:ProductTrialPlay",
        "spend_and_save": "chalicelib.growth.campaigns.spend_and_save.service:SpendAndSave",
    },
    # Who hears what WeChat pushes, by event: mall/pushes/schemas.py.
    "wechat_pushes": {
        "image": "chalicelib.growth.service_desk.chats.service:hear_message",
        "miniprogrampage": "chalicelib.growth.service_desk.chats.service:hear_message",
        "text": "chalicelib.growth.service_desk.chats.service:hear_message",
        "user_enter_tempsession": "chalicelib.growth.service_desk.chats.service:hear_entry",
        "subscribe_msg_change_event": "chalicelib.growth.notifications.heard.service:hear_change",
        "subscribe_msg_popup_event": "chalicelib.growth.notifications.heard.service:hear_popup",
        "subscribe_msg_sent_event": "chalicelib.growth.notifications.heard.service:hear_sent",
        "trade_manage_order_settlement": "chalicelib.trade.fulfillment.completion.wechat.service:hear_settlement",
        "trade_manage_remind_shipping": "chalicelib.trade.fulfillment.reporting.service:hear_urging",
        "trade_manage_remind_access_api": "chalicelib.trade.fulfillment.reporting.service:hear_access",
        "wxa_media_check": "chalicelib.mall.moderation.service:hear_picture",
    },
    # What members can be told: growth/notifications/kinds.
    "notice_kinds": {
        "campaign_starts": "chalicelib.growth.campaigns.base.reminders.notices.service:CAMPAIGN_STARTS",
        "check_in_due": "chalicelib.growth.notifications.loyalty.service:CHECK_IN_DUE",
        "assist_complete": "chalicelib.growth.campaigns.assist.notices.service:ASSIST_COMPLETE",
        "assist_helped": "chalicelib.growth.campaigns.assist.notices.service:ASSIST_HELPED",
        "balance_due": "chalicelib.growth.campaigns.presale.notices.service:BALANCE_DUE",
        "balance_ending": "chalicelib.growth.campaigns.presale.notices.service:BALANCE_ENDING",
        "bargain_cut": "chalicelib.growth.campaigns.bargain.notices.service:BARGAIN_CUT",
        "bargain_floor": "chalicelib.growth.campaigns.bargain.notices.service:BARGAIN_FLOOR",
        "code_given": "chalicelib.growth.notifications.pickups.service:CODE_GIVEN",
        "coupon_expiring": "chalicelib.growth.notifications.loyalty.service:COUPON_EXPIRING",
        "coupon_received": "chalicelib.growth.notifications.loyalty.service:COUPON_RECEIVED",
        "draw_won": "chalicelib.growth.campaigns.lucky_draw.notices.service:DRAW_WON",
        "deposit_settled": "chalicelib.growth.campaigns.presale.notices.service:DEPOSIT_SETTLED",
        "group_complete": "chalicelib.growth.campaigns.group_buy.notices.service:GROUP_COMPLETE",
        "group_failed": "chalicelib.growth.campaigns.group_buy.notices.service:GROUP_FAILED",
        "group_free_order": "chalicelib.growth.campaigns.group_buy.notices.service:GROUP_FREE",
        "level_changed": "chalicelib.growth.notifications.loyalty.service:LEVEL_CHANGED",
        "order_closed": "chalicelib.growth.notifications.orders.service:ORDER_CLOSED",
        "order_paid": "chalicelib.growth.notifications.orders.service:ORDER_PAID",
        "order_refunded": "chalicelib.growth.notifications.orders.service:ORDER_REFUNDED",
        "parcel_shipped": "chalicelib.growth.notifications.orders.service:PARCEL_SHIPPED",
        "parcel_signed": "chalicelib.growth.notifications.orders.service:PARCEL_SIGNED",
        "pickup_done": "chalicelib.growth.notifications.pickups.service:PICKUP_DONE",
        "pickup_due": "chalicelib.growth.notifications.pickups.service:PICKUP_DUE",
        "pickup_ready": "chalicelib.growth.notifications.pickups.service:PICKUP_READY",
        "points_expiring": "chalicelib.growth.notifications.loyalty.service:POINTS_EXPIRING",
        "receipt_due": "chalicelib.growth.notifications.orders.service:RECEIPT_DUE",
        "voucher_due": "chalicelib.growth.notifications.pickups.service:VOUCHER_DUE",
        "voucher_ready": "chalicelib.growth.notifications.pickups.service:VOUCHER_READY",
        "voucher_used": "chalicelib.growth.notifications.pickups.service:VOUCHER_USED",
        "review_due": "chalicelib.growth.notifications.reviews.service:REVIEW_DUE",
        "service_answered": "chalicelib.growth.service_desk.notices.service:SERVICE_ANSWERED",
        "review_replied": "chalicelib.growth.notifications.reviews.service:REVIEW_REPLIED",
        "trial_picked": "chalicelib.growth.campaigns.product_trial.notices.service:TRIAL_PICKED",
        "trial_report_due": "chalicelib.growth.campaigns.product_trial.notices.service:TRIAL_REPORT_DUE",
        "trial_reviewed": "chalicelib.growth.campaigns.product_trial.notices.service:TRIAL_REVIEWED",
    },
    # What a push is answered with, by event, if not with "success".
    "wechat_replies": {},
}


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
