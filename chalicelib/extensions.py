"""What features plug into each other, and in which order prices are made.

A lower floor owns a list or a map (``core/plugs.py``) and knows nobody who is on it; a feature that has something to
say adds its line here. What stands here are names: a cold start imports none of it.
"""

from __future__ import annotations

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
    # What others earn from a sale, for the profit guard: trade/pricing/floors.
    "selling_costs": [],
    # Who keeps pieces of products elsewhere, for whoever orders them: mall/inventory/shelves.
    "shelves": ["chalicelib.growth.campaigns.base.shelves.service:shelves"],
    # Who sells pieces of products elsewhere to anybody, for lists that say what is sold out: mall/inventory/shelves.
    "side_stocks": ["chalicelib.growth.campaigns.base.shelves.service:side_stocks"],
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
    # What has backfills now and then: their list, empty mostly.
    "backfill_sources": ["chalicelib.trade.fulfillment.goods_codes.sealing.service:backfills"],
    # What keeps time from completing a shipped order: trade/fulfillment/completion.
    "completion_checks": ["chalicelib.trade.after_sales.claims.service:asks_for_pieces"],
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
    # What can be taken out as a file: mall/exports.
    "export_kinds": {
        "after_sales": "chalicelib.trade.exports.after_sales.service:AfterSales",
        "audiences": "chalicelib.loyalty.segments.audiences.exports.service:AudienceMembers",
        "finance": "chalicelib.trade.exports.finance.service:Finance",
        "invoices": "chalicelib.trade.exports.invoices.service:Invoices",
        "orders": "chalicelib.trade.exports.lines.service:OrderLines",
        "refunds": "chalicelib.trade.exports.refunds.service:Refunds",
    },
    # Where the file of orders shows what a benefit took off, by group or kind of adjustment: trade/exports/lines.
    "discount_columns": {
        "member_price": "chalicelib.loyalty.membership.prices.adjuster:COLUMN",
        "campaign": "chalicelib.growth.campaigns.base.adjuster:COLUMN",
        "coupon": "chalicelib.loyalty.coupons.adjuster:COLUMN",
        "points": "chalicelib.loyalty.points.adjuster:COLUMN",
        "points_item": "chalicelib.loyalty.points.adjuster:COLUMN",
    },
    # How the file of refunds tells apart what went back to an account, by its tender: trade/exports/refunds.
    "refund_purses": {"wallet": "chalicelib.loyalty.wallet.tender:RefundPurses"},
    # Accounts that must be the sum of their entries: trade/reconciliation/ledgers.
    "ledgers": {
        "growth": "chalicelib.loyalty.membership.models:LEDGER",
        "points": "chalicelib.loyalty.points.models:LEDGER",
        "wallet": "chalicelib.loyalty.wallet.models:LEDGER",
    },
    # Rows that must be what their entries come to, and are no accounts of members: trade/reconciliation/ledgers.
    "other_books": {"codes": "chalicelib.trade.fulfillment.goods_codes.checking.service:CodePools"},
    # What is bought that is no order, by what stands before the "_" of its numbers.
    "purchase_kinds": {
        "crd": "chalicelib.loyalty.membership.cards.service:CardPurchases",
        "psd": "chalicelib.growth.campaigns.presale.deposits.service:DepositPurchases",
        "trd": "chalicelib.growth.campaigns.product_trial.deposits.service:TrialDeposits",
        "top": "chalicelib.loyalty.wallet.top_ups.service:TopUps",
    },
    # Who finds orders by a number that is its own, by the field of the desk's question: trade/orders/desk/searching.
    "order_finders": {
        "payment_id": "chalicelib.trade.payments.finding.service:ByPayment",
        "refund_id": "chalicelib.trade.payments.finding.service:ByRefund",
        "transaction_id": "chalicelib.trade.payments.finding.service:ByTransaction",
        "after_sale_number": "chalicelib.trade.after_sales.finding.service:ByAfterSale",
        "tracking_number": "chalicelib.trade.fulfillment.shipments.finding.service:ByTrackingNumber",
    },
    # Who knows of many orders at once whether they are what is asked for, by the field of that question. Fields of one
    # filter are asked together.
    "order_filters": {
        "has_open_after_sale": "chalicelib.trade.after_sales.finding.service:WITH_AFTER_SALE",
        "after_sale_kind": "chalicelib.trade.after_sales.finding.service:WITH_AFTER_SALE",
        "after_sale_status": "chalicelib.trade.after_sales.finding.service:WITH_AFTER_SALE",
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
        "after_sale_agreed": "chalicelib.growth.notifications.after_sales.service:AFTER_SALE_AGREED",
        "after_sale_refused": "chalicelib.growth.notifications.after_sales.service:AFTER_SALE_REFUSED",
        "after_sale_replaced": "chalicelib.growth.notifications.after_sales.service:AFTER_SALE_REPLACED",
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
        "invoice_issued": "chalicelib.growth.notifications.invoices.service:INVOICE_ISSUED",
        "invoice_rejected": "chalicelib.growth.notifications.invoices.service:INVOICE_REJECTED",
        "invoice_reversed": "chalicelib.growth.notifications.invoices.service:INVOICE_REVERSED",
        "card_ending": "chalicelib.growth.notifications.memberships.service:CARD_ENDING",
        "level_ending": "chalicelib.growth.notifications.memberships.service:LEVEL_ENDING",
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
