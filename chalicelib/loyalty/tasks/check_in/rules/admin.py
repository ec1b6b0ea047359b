"""Staff: how check-in works."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.loyalty.coupons.errors import TemplateNotFound, TemplateOver
from chalicelib.loyalty.tasks.check_in.errors import CheckInRulesEdited
from chalicelib.loyalty.tasks.check_in.rules import service
from chalicelib.loyalty.tasks.check_in.rules.schemas import RulesView, SetRules
from chalicelib.mall.identity.service import Staff

api = Api("check_in_rules", title="签到 Check-in (staff)")


@api.get("/admin/check-in-rules", permission="tasks.read")
def show_check_in_rules(staff: Staff) -> RulesView:
    """Show the rules of today, and those that hold from tomorrow on."""
    return service.show()


@api.put("/admin/check-in-rules", permission="tasks.write", raises=[CheckInRulesEdited, TemplateNotFound, TemplateOver])
def set_check_in_rules(staff: Staff, body: SetRules) -> RulesView:
    """Set the rules from tomorrow on; the first of all hold at once."""
    return service.put(body, staff.staff_id)
