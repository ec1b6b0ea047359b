"""What a launch brought: who had reserved, and who had not."""

from __future__ import annotations

from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.growth.campaigns.new_arrival.desk.schemas import LaunchReport
from chalicelib.growth.campaigns.new_arrival.service import NAME


def report(campaign_id: str) -> LaunchReport:
    """:raises CampaignNotFound: none, or of another play."""
    if campaign_of(campaign_id).play != NAME:
        raise CampaignNotFound()
    found = statistics.show(campaign_id)
    return LaunchReport(
        reserved_count=found.reminder_count,
        reminded_count=found.reminded_count,
        came_count=found.reminder_came_count,
        bought_count=found.reminder_buyer_count,
        came_bps=statistics.bps(found.reminder_came_count, found.reminder_count),
        bought_bps=statistics.bps(found.reminder_buyer_count, found.reminder_count),
        reserved_order_count=found.reminder_order_count,
        reserved_paid_amount=found.reminder_paid_amount,
        other_order_count=found.order_count - found.reminder_order_count,
        other_paid_amount=found.paid_amount - found.reminder_paid_amount,
        refunded_amount=found.refunded_amount,
    )
