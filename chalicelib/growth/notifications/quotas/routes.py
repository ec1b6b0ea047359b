"""The mini-program tells what the buyer answered."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.growth.notifications.quotas import service
from chalicelib.growth.notifications.quotas.schemas import QuotasView, ReportAnswers
from chalicelib.mall.identity.service import Buyer

api = Api("notification_quotas", title="通知 Notifications")


@api.post("/me/subscriptions")
def report_answers(buyer: Buyer, body: ReportAnswers) -> QuotasView:
    """Report what `wx.requestSubscribeMessage` gave. Each `accept` lets the shop send one message of that template.

    Answers how many of each are left. Templates that the shop does not use are ignored.
    """
    return service.report(buyer.member_id, body.results)
