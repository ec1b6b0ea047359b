"""Campaigns close on time, also when deadlines were lost; what was left half cleared is cleared."""

from __future__ import annotations

import logging

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.jobs import job
from chalicelib.growth.campaigns.base.lifecycle import service as lifecycle
from chalicelib.growth.campaigns.base.models import Campaign, Phase
from chalicelib.growth.campaigns.base.service import campaign_of

log = logging.getLogger(__name__)


@job("close_campaigns")
def close_campaigns() -> dict[str, int]:
    """Open and close what is due, clear what is not yet cleared. One that fails does not keep the others.

    :returns: how many were opened, closed, cleared, failed.
    """
    done = {"opened": 0, "closed": 0, "cleared": 0, "failed": 0}
    # Ended ones come first: what is sold at an ended price would be the worse mistake.
    for key in list(Campaign.by_phase.query(Phase.LIVE)):
        _try(key.id, done)
    for key in list(Campaign.by_phase.query(Phase.CLOSING)):
        _try(key.id, done)
    if done["failed"]:
        raise RuntimeError(f"campaigns could not be brought on: {done}")
    return done


def _try(campaign_id: str, done: dict[str, int]) -> None:
    try:
        campaign = campaign_of(campaign_id, consistent=True)
        if campaign.phase is Phase.LIVE and campaign.ends_at > clock.now():
            done["opened"] += lifecycle.open_due(campaign)
            return
        done["closed"] += lifecycle.close_due(campaign)
        lifecycle.settle(campaign_id)
        done["cleared"] += 1
    except DomainError:
        log.exception("campaign not brought on", extra={"campaign_id": campaign_id})
        done["failed"] += 1
