"""Staff: how points are earned and spent, and what the points mall offers."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.loyalty.coupons.errors import TemplateNotFound, TemplateOver
from chalicelib.loyalty.points.errors import ItemEdited, ItemNotFound, RulesEdited
from chalicelib.loyalty.points.exchange import service as exchange
from chalicelib.loyalty.points.exchange.schemas import EditItem, ItemFields, Items, ItemView
from chalicelib.loyalty.points.rules import service
from chalicelib.loyalty.points.rules.schemas import RulesView, SetRules
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.identity.service import Staff

api = Api("points_rules", title="积分 Points (staff)")


@api.get("/admin/points-rules", permission="points.read")
def show_rules(staff: Staff) -> RulesView:
    """Show how points are earned, spent and lost."""
    return service.show()


@api.put("/admin/points-rules", permission="points.write", raises=[RulesEdited])
def set_rules(staff: Staff, body: SetRules) -> RulesView:
    """Set the rules; what was earned or spent before is not touched."""
    return service.put(body)


@api.get("/admin/points-items", permission="points.read")
def list_items(staff: Staff) -> Items:
    """List what the points mall offers."""
    return Items(items=exchange.items())


@api.post(
    "/admin/points-items",
    status=201,
    permission="points.write",
    raises=[TemplateNotFound, TemplateOver, ProductNotFound],
)
def create_item(staff: Staff, body: ItemFields) -> ItemView:
    """Add something to the points mall."""
    return exchange.create(body)


@api.put(
    "/admin/points-items/{item_id}",
    permission="points.write",
    raises=[ItemNotFound, ItemEdited, TemplateNotFound, TemplateOver, ProductNotFound],
)
def edit_item(staff: Staff, item_id: str, body: EditItem) -> ItemView:
    """Change an item; `stock` is what is left from now on."""
    return exchange.edit(item_id, body)
