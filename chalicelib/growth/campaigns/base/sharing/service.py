"""Any campaign can be sent on: a code for its page that names campaign and sharer, and a poster with it."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.core.tables import batch_get
from chalicelib.growth.campaigns.base.errors import CampaignEnded, CampaignNotFound
from chalicelib.growth.campaigns.base.friends import service as friends
from chalicelib.growth.campaigns.base.friends.schemas import NOBODY, AskShare, ShareView
from chalicelib.growth.campaigns.base.friends.service import Destination
from chalicelib.growth.campaigns.base.models import LIVE, Campaign, CampaignStatus
from chalicelib.growth.campaigns.base.plays.service import play_of
from chalicelib.growth.campaigns.base.schemas import CampaignItem
from chalicelib.growth.campaigns.base.service import campaign_of
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.posters.designs.schemas import Content, PosterKind
from chalicelib.mall.posters.errors import PictureRefused
from chalicelib.mall.posters.pictures.service import check_url


def share(member_id: str, campaign_id: str, asked: AskShare) -> ShareView:
    """By anybody, before it begins too. Two reads beside what code and poster need.

    :raises CampaignNotFound: a draft is none. :raises CampaignEnded: nobody can take part any more.
    :raises TemplateNotFound, TooManyLinks, TooManyPosters, LinkCollision, TooBusy, Unauthorized:
    """
    campaign = campaign_of(campaign_id)
    if campaign.status is CampaignStatus.DRAFT:
        raise CampaignNotFound()
    if campaign.status_at(clock.now()) not in LIVE:
        raise CampaignEnded()
    item = _shown(campaign)
    product = batch_get({Product: [item.product_id]})[Product].get(item.product_id) if item is not None else None
    to = Destination(PosterKind.CAMPAIGN, settings().campaign_page, campaign.id, campaign.id)
    return friends.send_on(member_id, to, lambda member: _content(campaign, item, product, member), asked)


def _shown(campaign: Campaign) -> CampaignItem | None:
    """The cheapest of its goods."""
    priced = [each for each in campaign.items if each.unit_amount is not None]
    return min(priced, key=lambda each: each.unit_amount or 0) if priced else next(iter(campaign.items), None)


def _content(campaign: Campaign, item: CampaignItem | None, product: Product | None, member: Member) -> Content:
    play = play_of(campaign.play)
    texts = {
        "title": campaign.title,
        "label": play.title,
        "note": play.words(campaign),
        "summary": _days(campaign),
        "shop": settings().shop_name,
        "sharer": member.nickname or NOBODY,
    }
    amounts: dict[str, int] = {}
    hidden = play.hides_prices(campaign.settings, campaign.starts_at, clock.now())
    sku = product.sku(item.sku_id) if product is not None and item is not None else None
    if item is not None and item.unit_amount is not None and sku is not None and not hidden:
        amounts = {"price": item.unit_amount, "market_price": sku.price_amount}
    pictures = {"picture": _picture(campaign, product), "avatar": member.avatar_url}
    known = {slot: url for slot, url in pictures.items() if url}
    return Content.model_validate({"texts": texts, "amounts": amounts, "pictures": known})


def _days(campaign: Campaign) -> str:
    """``11月24日—12月26日``; the end itself is no part of it."""
    first, last = (clock.business_day(at) for at in (campaign.starts_at, campaign.ends_at - timedelta(milliseconds=1)))
    days = [f"{day.month}月{day.day}日" for day in (first, last)]
    return "—".join(dict.fromkeys(days))


def _picture(campaign: Campaign, product: Product | None) -> str | None:
    """Its own, if a poster may use it; else the product's."""
    try:
        if campaign.picture is not None:
            check_url(campaign.picture)
            return campaign.picture
    except PictureRefused:
        pass
    return product.pictures[0] if product is not None and product.pictures else None
