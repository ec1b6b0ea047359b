"""What a buyer may ask of a draw."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.ledgers import AccountMoved
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page
from chalicelib.growth.campaigns.base.errors import CampaignNotFound
from chalicelib.growth.campaigns.lucky_draw import errors
from chalicelib.growth.campaigns.lucky_draw.drawing import service as drawing
from chalicelib.growth.campaigns.lucky_draw.showing import service as showing
from chalicelib.growth.campaigns.lucky_draw.showing.schemas import (
    DrawView,
    ListDraws,
    ListWinners,
    WheelView,
    WinnerView,
)
from chalicelib.mall.identity.service import Buyer

api = Api("lucky_draw", title="抽奖 Lucky draw")


@api.get("/campaigns/{campaign_id}/wheel", raises=[CampaignNotFound])
def show_wheel(campaign_id: str, buyer: Buyer | None) -> WheelView:
    """Show a draw: its prizes with their odds and what is left, how chances are earned, and how many I have."""
    return showing.wheel(campaign_id, buyer.member_id if buyer else None)


@api.post(
    "/campaigns/{campaign_id}/draws",
    status=201,
    raises=[
        *(CampaignNotFound, errors.DrawClosed, errors.DrawNotForYou, errors.NoChance, errors.DrawLimitReached),
        *(errors.ChancesMoved, AccountMoved, KeyReused),
    ],
)
def draw(buyer: Buyer, campaign_id: str, key: IdempotencyKey) -> DrawView:
    """Spend a chance and draw. What is won is mine at once. The same key answers the same draw."""
    (view,) = showing.views([drawing.draw(buyer.member_id, campaign_id, key)])
    return view


@api.get("/campaigns/{campaign_id}/winners", raises=[CampaignNotFound])
def list_winners(campaign_id: str, buyer: Buyer | None, query: ListWinners) -> Page[WinnerView]:
    """List who won, newest first; names are masked."""
    return showing.winners(campaign_id, query)


@api.get("/me/draws")
def my_draws(buyer: Buyer, query: ListDraws) -> Page[DrawView]:
    """List my draws, newest first."""
    return showing.my_draws(buyer.member_id, query)
