"""Buyers: posters to share."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.identity.service import Buyer
from chalicelib.mall.links.errors import LinkCollision
from chalicelib.mall.posters import service
from chalicelib.mall.posters.errors import PosterNotFound, TemplateNotFound, TooManyPosters
from chalicelib.mall.posters.models import EVERYBODY
from chalicelib.mall.posters.schemas import AskPoster, PosterView
from chalicelib.mall.posters.templates import service as templates
from chalicelib.mall.posters.templates.schemas import FindPosterTemplates, PosterTemplateCard, PosterTemplateCards

api = Api("posters", title="海报 Posters")


@api.get("/posters/templates", cache_seconds=60)
def list_poster_templates(query: FindPosterTemplates) -> PosterTemplateCards:
    """List the templates that a poster of a kind may have."""
    return PosterTemplateCards(
        items=[
            PosterTemplateCard(id=each.id, name=each.name, width=each.width, height=each.height, default=each.default)
            for each in templates.of_kind(query.kind)
            if each.enabled
        ]
    )


@api.post("/posters", raises=[ProductNotFound, TemplateNotFound, TooManyPosters, LinkCollision])
def ask_poster(buyer: Buyer, body: AskPoster) -> PosterView:
    """Ask for a poster. One that was made before is ready at once; while it is pending, poll it."""
    return PosterView.of(service.ask_product(buyer.member_id, body))


@api.get("/posters/{poster_id}", raises=[PosterNotFound])
def show_poster(buyer: Buyer, poster_id: str) -> PosterView:
    """Show a poster: one's own, or one that carries nobody's name."""
    return PosterView.of(service.find(poster_id, buyer.member_id, EVERYBODY))
