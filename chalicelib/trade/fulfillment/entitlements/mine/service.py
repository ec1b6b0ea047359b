"""A member's own entitlements."""

from __future__ import annotations

from chalicelib.core import pages
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.core.tables import batch_get
from chalicelib.trade.fulfillment.entitlements import service
from chalicelib.trade.fulfillment.entitlements.models import Entitlement
from chalicelib.trade.fulfillment.entitlements.schemas import EntitlementCard, EntitlementView
from chalicelib.trade.orders import service as orders
from chalicelib.trade.orders.models import Order

EXPORTED = 200


def of_order(member_id: str, order_id: str) -> list[EntitlementView]:
    """Those of the member's order, with their codes. :raises OrderNotFound: it is not theirs, or does not exist."""
    order = orders.load(member_id, order_id, consistent=True)
    return [
        EntitlementView.of(each, order, service.history(each.id) if each.taken else [])
        for each in service.of_order(order.id)
    ]


def mine(member_id: str, query: PageQuery) -> Page[EntitlementCard]:
    """One page of the member's, the newest first, without the codes. Three round trips."""
    keys, cursor = pages.query(Entitlement.by_member, member_id, limit=query.limit, cursor=query.cursor)
    found = service.load_all(keys)
    known = batch_get({Order: [(member_id, each.order_id) for each in found]})[Order]
    items = [
        EntitlementCard.model_validate(EntitlementCard.known(each, known[(member_id, each.order_id)]))
        for each in found
        if (member_id, each.order_id) in known
    ]
    return Page(items=items, cursor=cursor)


def export(member_id: str) -> list[dict[str, object]]:
    """The member's newest, for the copy of their personal data. Registered with identity."""
    found: list[dict[str, object]] = []
    query = PageQuery(limit=100)
    while len(found) < EXPORTED:
        page = mine(member_id, query)
        found += [each.model_dump(mode="json") for each in page.items]
        if page.cursor is None:
            break
        query = PageQuery(limit=100, cursor=page.cursor)
    return found[:EXPORTED]
