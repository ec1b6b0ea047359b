"""Staff: what was sent, and what was not."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.core.schemas import Page
from chalicelib.growth.notifications.desk import service
from chalicelib.growth.notifications.desk.schemas import DaysView, FindDays, FindMessages, MessageView
from chalicelib.mall.identity.service import Staff

api = Api("notifications_desk", title="通知 Notifications (staff)")


@api.get("/admin/notifications/messages", permission="notifications.read")
def find_messages(staff: Staff, query: FindMessages) -> Page[MessageView]:
    """Find messages of a member, of one of their orders, or of a business day, with what was in them.

    They are kept for 90 days.
    """
    return service.find(query)


@api.get("/admin/notifications/days", permission="notifications.read")
def count_messages(staff: Staff, query: FindDays) -> DaysView:
    """Count messages by business day and kind: sent, refused, failed, uncertain, skipped, undelivered."""
    return service.days(query)
