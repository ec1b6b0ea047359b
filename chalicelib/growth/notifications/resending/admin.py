"""Staff: send a failed message again."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.growth.notifications.desk.schemas import MessageView
from chalicelib.growth.notifications.errors import (
    KindNotFound,
    KindNotTold,
    MessageNotFailed,
    MessageNotFound,
    MessageOver,
    NoQuota,
)
from chalicelib.growth.notifications.resending import service
from chalicelib.growth.notifications.resending.schemas import ResendMessage
from chalicelib.mall.identity.service import Staff

api = Api("notification_resending", title="通知 Notifications (staff)")


@api.post(
    "/admin/notifications/resend",
    permission="notifications.write",
    raises=[MessageNotFound, MessageNotFailed, MessageOver, KindNotFound, KindNotTold, NoQuota],
)
def resend_message(staff: Staff, body: ResendMessage) -> MessageView:
    """Send a message that failed again, in the words of its template as it is now.

    What may have been sent is not sent again, nor what is not true any more. The answer shows it as it waits; a moment
    later the list shows what WeChat said.
    """
    return service.resend(body)
