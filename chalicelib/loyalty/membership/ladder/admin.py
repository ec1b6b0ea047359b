"""Staff: the levels, their benefits, and how growth is earned."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.loyalty.membership.errors import GrowthRulesEdited, LadderEdited, LevelInUse
from chalicelib.loyalty.membership.growth.rules import service as rules
from chalicelib.loyalty.membership.growth.rules.schemas import GrowthRulesView, SetGrowthRules
from chalicelib.loyalty.membership.ladder import service
from chalicelib.loyalty.membership.ladder.schemas import LadderView, SetLadder
from chalicelib.loyalty.points.errors import RulesEdited
from chalicelib.mall.identity.service import Staff

api = Api("levels_admin", title="会员等级 Membership (staff)")


@api.get("/admin/levels", permission="membership.read")
def show_ladder(staff: Staff) -> LadderView:
    """Show the levels with their thresholds and benefits."""
    return service.show()


@api.put("/admin/levels", permission="membership.write", raises=[LadderEdited, LevelInUse, RulesEdited])
def set_ladder(staff: Staff, body: SetLadder) -> LadderView:
    """Write all levels, with their multipliers of points.

    It raises whom it puts higher, and lowers nobody before the end of their period.
    """
    return service.put(body, staff.staff_id)


@api.get("/admin/growth-rules", permission="membership.read")
def show_growth_rules(staff: Staff) -> GrowthRulesView:
    """Show how growth is earned."""
    return rules.show()


@api.put("/admin/growth-rules", permission="membership.write", raises=[GrowthRulesEdited])
def set_growth_rules(staff: Staff, body: SetGrowthRules) -> GrowthRulesView:
    """Set how growth is earned; what was earned before is not touched."""
    return rules.put(body)
