"""What the mini-program asks the buyer about."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.growth.notifications.templates import service
from chalicelib.growth.notifications.templates.schemas import AskForKinds, ToAskListView

api = Api("notification_templates", title="通知 Notifications")


@api.get("/notifications/templates", cache_seconds=60)
def list_templates(query: AskForKinds) -> ToAskListView:
    """List the templates to ask for with `wx.requestSubscribeMessage`, with the moment at which to ask."""
    return service.to_ask(query.kinds)
