"""Staff: which notices are told, through which template."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.growth.notifications.errors import KindNotFound
from chalicelib.growth.notifications.templates import service
from chalicelib.growth.notifications.templates.schemas import KindsView, KindView, SetTemplate
from chalicelib.mall.identity.service import Staff

api = Api("notification_templates_admin", title="通知 Notifications (staff)")


@api.get("/admin/notifications/kinds", permission="notifications.read")
def list_kinds(staff: Staff) -> KindsView:
    """List every kind of notice with its variables, the fields it suggests, and its template."""
    return service.show()


@api.put("/admin/notifications/kinds/{kind}", permission="notifications.write", raises=[KindNotFound])
def set_template(staff: Staff, kind: str, body: SetTemplate) -> KindView:
    """Map a kind to a template of the shop's WeChat account, or switch it on or off.

    The fields are the template's keywords as WeChat shows them, all of them. A variable must suit its keyword's type; a
    fixed text must fit its rule.
    """
    return service.set_template(kind, body, staff.staff_id)
