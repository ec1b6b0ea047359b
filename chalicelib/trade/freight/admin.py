"""Staff: what freight costs."""

from __future__ import annotations

from chalicelib.core import clock
from chalicelib.core.api import Api
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.freight.models import MALL, FreightRule, default
from chalicelib.trade.freight.schemas import FreightView, SetFreight

api = Api("freight_admin", title="运费 Freight (staff)")


@api.get("/admin/freight", permission="settings.read")
def get_freight(staff: Staff) -> FreightView:
    """Show the freight rule."""
    return FreightView.of(FreightRule.find(MALL) or default())


@api.put("/admin/freight", permission="settings.write")
def set_freight(staff: Staff, body: SetFreight) -> FreightView:
    """Set the freight rule. Orders already placed keep theirs."""
    rule = FreightRule(
        id=MALL, flat_amount=body.flat_amount, free_over_amount=body.free_over_amount, updated_at=clock.now()
    )
    with Transaction() as tx:
        tx.put(rule)
    return FreightView.of(rule)
