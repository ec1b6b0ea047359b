"""Staff: what freight costs."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.identity.service import Staff
from chalicelib.trade.freight import service
from chalicelib.trade.freight.schemas import FreightView, SetFreight, TriedView, TryFreight
from chalicelib.trade.freight.templates.errors import TemplateNotFound
from chalicelib.trade.pricing.errors import AmountTooLarge

api = Api("freight_admin", title="运费 Freight (staff)")


@api.get("/admin/freight", permission="settings.read")
def get_freight(staff: Staff) -> FreightView:
    """Show the flat rule and the default template."""
    return FreightView.of(service.rule())


@api.put("/admin/freight", permission="settings.write", raises=[TemplateNotFound])
def set_freight(staff: Staff, body: SetFreight) -> FreightView:
    """Set the flat rule and the default template. Orders already placed keep their freight."""
    return FreightView.of(service.set_rule(body))


@api.post("/admin/freight/try-out", permission="settings.read", raises=[AmountTooLarge])
def try_freight(staff: Staff, body: TryFreight) -> TriedView:
    """Try out what a basket would cost to bring to a district. Changes nothing."""
    return service.try_out(body)
