"""Staff: applications, picks, reports."""

from __future__ import annotations

from chalicelib.core.api import Api, RawResponse
from chalicelib.core.schemas import Page
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.product_trial.desk import service
from chalicelib.growth.campaigns.product_trial.desk.schemas import (
    ApplicationView,
    FindApplications,
    PickedView,
    PickThem,
)
from chalicelib.growth.campaigns.product_trial.errors import NotReported, TrialMoved, TrialNotFound
from chalicelib.growth.campaigns.product_trial.reporting import service as reporting
from chalicelib.growth.campaigns.product_trial.reporting.schemas import ReviewReport
from chalicelib.growth.campaigns.product_trial.service import application_of
from chalicelib.mall.identity.service import Staff

api = Api("product_trials_admin", title="体验官 Product trials (staff)")


@api.get("/admin/campaigns/{campaign_id}/applications", permission="campaigns.read", raises=[CampaignNotFound])
def find_applications(staff: Staff, campaign_id: str, query: FindApplications) -> Page[ApplicationView]:
    """List applications of a status, the best answers first."""
    return service.find(campaign_id, query)


@api.get("/admin/campaigns/{campaign_id}/applications-sheet", permission="campaigns.read", raises=[CampaignNotFound])
def download_applications(staff: Staff, campaign_id: str, query: FindApplications) -> RawResponse:
    """Download applications of a status with answers and reports as CSV, up to 1,000."""
    text = "\ufeff" + service.sheet(campaign_id, query)
    headers = {"Content-Disposition": f'attachment; filename="trial-{campaign_id}.csv"'}
    return RawResponse(text, content_type="text/csv; charset=utf-8", headers=headers)


@api.post("/admin/campaigns/{campaign_id}/trial-picks", permission="campaigns.write", raises=[CampaignNotFound])
def pick_testers(staff: Staff, campaign_id: str, body: PickThem) -> PickedView:
    """Pick testers; a piece is held for each until they order."""
    return service.pick(campaign_id, body, staff.name)


@api.post(
    "/admin/campaigns/{campaign_id}/trial-reviews",
    permission="campaigns.write",
    raises=[TrialNotFound, NotReported, TrialMoved],
)
def review_report(staff: Staff, campaign_id: str, body: ReviewReport) -> ApplicationView:
    """Score a report and accept it, with reward and deposit; or send it back."""
    reporting.review(campaign_id, body)
    return ApplicationView.of(application_of(campaign_id, body.member_id))
