"""Staff: couriers."""

from __future__ import annotations

import re

from chalicelib.core.api import Api
from chalicelib.core.errors import NotFound
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.fulfillment.carriers import service
from chalicelib.trade.fulfillment.carriers.errors import TooManyCarriers
from chalicelib.trade.fulfillment.carriers.schemas import AskCarriers, CarriersView, CarrierView, SetCarrier

api = Api("carriers", title="快递公司 Couriers (staff)")


@api.get("/admin/carriers", permission="shipping.read")
def list_carriers(staff: Staff, query: AskCarriers) -> CarriersView:
    """List the couriers; with a tracking number, those whose it may be, the likeliest first."""
    if query.tracking_number is not None:
        found = service.guess(query.tracking_number)
    else:
        found = list(service.all_carriers(fresh=True).values())
    return CarriersView(items=[CarrierView.of(each) for each in found])


@api.put("/admin/carriers/{code}", permission="shipping.write", raises=[TooManyCarriers])
def set_carrier(staff: Staff, code: str, body: SetCarrier) -> CarrierView:
    """Edit, switch off or add a courier; its code is for ever. Others see it within a minute."""
    if not re.fullmatch(r"[a-z0-9_]{2,32}", code):
        raise NotFound()
    wanted = body.carrier(code)
    service.save(wanted)
    return CarrierView.of(wanted)
