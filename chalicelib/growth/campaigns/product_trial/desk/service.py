"""Staff look through applications, pick, and read reports."""

from __future__ import annotations

import csv
import io
import json
from typing import Literal

from chalicelib.core import pages
from chalicelib.core.ledgers import insistently
from chalicelib.core.schemas import Page
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.base.models import Campaign
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.growth.campaigns.product_trial.desk.schemas import (
    ApplicationView,
    FindApplications,
    Picked,
    PickedView,
    PickThem,
)
from chalicelib.growth.campaigns.product_trial.errors import TrialMoved, TrialNotFound
from chalicelib.growth.campaigns.product_trial.models import Application, ApplicationStatus, campaign_status
from chalicelib.growth.campaigns.product_trial.picking import service as picking
from chalicelib.growth.campaigns.product_trial.service import NAME, application_of
from chalicelib.mall.inventory.errors import OutOfStock

MAX_ROWS = 1000
_COLUMNS = ("member_id", "sku_id", "status", "score", "rank", "picked_by", "order_id", "deposit", "review_score")
Result = Literal["picked", "already", "not_found", "no_place_left", "not_running"]


def find(campaign_id: str, asked: FindApplications) -> Page[ApplicationView]:
    """The campaign's applications of a status, the best first. Three reads. :raises CampaignNotFound:"""
    _trial(campaign_id)
    key = campaign_status(campaign_id, asked.status)
    keys, cursor = pages.query(Application.by_rank, key, limit=asked.limit, cursor=asked.cursor, newest_first=False)
    rows = _rows(campaign_id, [each.member_id for each in keys])
    return Page[ApplicationView](items=[ApplicationView.of(each) for each in rows], cursor=cursor)


def sheet(campaign_id: str, asked: FindApplications) -> str:
    """The same as CSV, up to 1,000 rows. :raises CampaignNotFound:"""
    _trial(campaign_id)
    key = campaign_status(campaign_id, asked.status)
    members = [each.member_id for each in Application.by_rank.query(key, limit=MAX_ROWS)]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([*_COLUMNS, "answers", "stars", "report", "pictures"])
    for each in _rows(campaign_id, members):
        said = each.report
        writer.writerow(
            [
                *(getattr(each, name) if getattr(each, name) is not None else "" for name in _COLUMNS),
                json.dumps(each.answers, ensure_ascii=False),
                said.stars if said is not None else "",
                _plain(said.text) if said is not None else "",
                " ".join(said.pictures) if said is not None else "",
            ]
        )
    return out.getvalue()


def pick(campaign_id: str, asked: PickThem, by: str) -> PickedView:
    """Pick these, each on its own. :raises CampaignNotFound:"""
    campaign = _trial(campaign_id)
    items = [Picked(member_id=each, result=_pick(campaign, each, by)) for each in dict.fromkeys(asked.member_ids)]
    return PickedView(items=items)


def _pick(campaign: Campaign, member_id: str, by: str) -> Result:
    try:
        each = application_of(campaign.id, member_id)
        if each.status is not ApplicationStatus.APPLIED:
            return "already"
        return "picked" if insistently(lambda: picking.pick(campaign, each, by)) else "not_running"
    except TrialNotFound:
        return "not_found"
    except TrialMoved:
        return "already"
    except OutOfStock:
        return "no_place_left"


def _trial(campaign_id: str) -> Campaign:
    campaign = campaign_of(campaign_id, consistent=True)
    if campaign.play != NAME:
        raise CampaignNotFound()
    return campaign


def _rows(campaign_id: str, members: list[str]) -> list[Application]:
    keys = [(campaign_id, each) for each in members]
    found = batch_get({Application: keys})[Application] if keys else {}
    return [found[key] for key in keys if key in found]


def _plain(text: str) -> str:
    """A spreadsheet must not take a member's words for a formula."""
    return f"'{text}" if text[:1] in "=+-@" else text
