"""Staff: will WeChat take our messages?"""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.errors import PartnerUnavailable
from chalicelib.growth.notifications.checkup import service
from chalicelib.growth.notifications.checkup.schemas import Checkup
from chalicelib.mall.identity.service import Staff

api = Api("notification_checkup", title="通知 Notifications (staff)")


@api.get("/admin/notifications/checkup", permission="notifications.read", raises=[PartnerUnavailable])
def check_up(staff: Staff) -> Checkup:
    """Ask WeChat for the shop's templates, and hold the mapping of every kind against them, field by field."""
    return service.check_up()
