"""Trials: apply, pay the deposit, report. The goods are ordered with the option `product_trial`, the campaign's id."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.base.friends.schemas import AskShare, ShareView
from chalicelib.growth.campaigns.product_trial import errors
from chalicelib.growth.campaigns.product_trial.applying import service as applying
from chalicelib.growth.campaigns.product_trial.applying.schemas import Apply
from chalicelib.growth.campaigns.product_trial.deposits import service as deposits
from chalicelib.growth.campaigns.product_trial.reporting import service as reporting
from chalicelib.growth.campaigns.product_trial.reporting.schemas import SubmitReport
from chalicelib.growth.campaigns.product_trial.shop import service
from chalicelib.growth.campaigns.product_trial.shop.schemas import TrialCard, TrialPage
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.links.errors import LinkCollision, TooManyLinks
from chalicelib.mall.posters.errors import TemplateNotFound, TooManyPosters

api = Api("product_trials", title="体验官 Product trials")


@api.post(
    "/campaigns/{campaign_id}/trial",
    status=201,
    raises=[errors.NotApplicable, errors.AnswersInvalid, errors.AppliedAlready],
)
def apply_for_trial(buyer: Buyer, campaign_id: str, body: Apply) -> TrialPage:
    """Apply for one piece of an item, with answers to the campaign's questions; once a campaign."""
    applying.apply(buyer.member_id, campaign_id, body)
    return service.page(buyer.member_id, campaign_id)


@api.get("/campaigns/{campaign_id}/trial", raises=[errors.TrialNotFound])
def show_trial(buyer: Buyer, campaign_id: str) -> TrialPage:
    """Show my application: picked or not, until when to order, when to report."""
    return service.page(buyer.member_id, campaign_id)


@api.get("/me/trials")
def list_trials(buyer: Buyer, query: PageQuery) -> Page[TrialCard]:
    """List my applications, newest first."""
    return service.mine(buyer.member_id, query)


@api.post("/campaigns/{campaign_id}/trial/deposit", status=201, raises=[errors.TrialNotFound, errors.NoDeposit])
def pay_trial_deposit(buyer: Buyer, campaign_id: str, key: IdempotencyKey) -> TrialPage:
    """Begin to pay the deposit: it comes back when the report is accepted."""
    view = deposits.start(buyer.member_id, buyer.openid, campaign_id, key)
    return service.page(buyer.member_id, campaign_id, view.parameters)


@api.put("/campaigns/{campaign_id}/trial/deposit", raises=[errors.TrialNotFound, errors.NoDeposit])
def sync_trial_deposit(buyer: Buyer, campaign_id: str) -> TrialPage:
    """Ask WeChat Pay whether it is paid: `wx.requestPayment` has returned."""
    deposits.sync(buyer.member_id, campaign_id)
    return service.page(buyer.member_id, campaign_id)


@api.post(
    "/campaigns/{campaign_id}/trial/report",
    status=201,
    raises=[errors.TrialNotFound, errors.ReportNotDue, errors.TrialMoved],
)
def submit_report(buyer: Buyer, campaign_id: str, body: SubmitReport) -> TrialPage:
    """Report on the goods, once they have come."""
    reporting.submit(buyer.member_id, campaign_id, body)
    return service.page(buyer.member_id, campaign_id)


@api.post(
    "/campaigns/{campaign_id}/trial/shares",
    status=201,
    raises=[
        CampaignNotFound,
        errors.NotApplicable,
        TemplateNotFound,
        TooManyLinks,
        TooManyPosters,
        LinkCollision,
    ],
)
def share_trial(buyer: Buyer, campaign_id: str, body: AskShare) -> ShareView:
    """Get a code that leads to the trial and names me as the sharer; a poster too, if asked for."""
    return service.share(buyer.member_id, campaign_id, body)
