"""The kind of notice, and what it says."""

from __future__ import annotations

from datetime import UTC, datetime

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import LIVE, MALL, Campaign
from chalicelib.growth.campaigns.base.plays.service import play_of
from chalicelib.growth.campaigns.base.reminders.models import occasion_of, parse_occasion
from chalicelib.growth.campaigns.base.reminders.service import window_of
from chalicelib.growth.notifications.kinds.schemas import Kind, Moment, Type, Variable
from chalicelib.growth.notifications.service import tell


def is_over(member_id: str, occasion: str) -> bool:
    """It was withdrawn or stopped, or its time is over."""
    campaign_id, session = parse_occasion(occasion)
    campaign = Campaign.find(MALL, campaign_id, consistent=True)
    window = window_of(campaign, session) if campaign is not None and campaign.status in LIVE else None
    return window is None or window[1] <= clock.now()


CAMPAIGN_STARTS = Kind(
    "campaign_starts",
    "活动开始提醒",
    Moment.OTHER,
    "pages/campaign/detail?id={campaign_id}&session={session}",
    ("campaign_id", "session"),
    {
        "title": Variable(Type.TEXT, "活动名称", "新品首发"),
        "words": Variable(Type.TEXT, "活动内容", "限时价99.00元起"),
        "starts_at": Variable(Type.TIME, "开始时间", datetime(2026, 11, 28, 2, 0, tzinfo=UTC)),
    },
    {"thing1": "title", "thing2": "words", "time3": "starts_at"},
    is_over=is_over,
)


def tell_start(tx: Transaction, campaign: Campaign, session: str, starts_at: datetime, member_id: str) -> None:
    """Add to *tx* that the member is told, once for each beginning."""
    tell(
        tx,
        CAMPAIGN_STARTS,
        member_id=member_id,
        group=occasion_of(campaign.id, session),
        subject=f"{starts_at:%Y%m%d%H%M%S}",
        values={"title": campaign.title, "words": play_of(campaign.play).words(campaign), "starts_at": starts_at},
        links={"campaign_id": campaign.id, "session": session},
    )
