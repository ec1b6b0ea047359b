"""Staff: look at a template before buyers do."""

from __future__ import annotations

from chalicelib.core.api import Api
from chalicelib.mall.catalog.products.errors import ProductNotFound
from chalicelib.mall.identity.service import Staff
from chalicelib.mall.posters import service as posters
from chalicelib.mall.posters.errors import PictureRefused, PosterNotFound, TemplateNotFound
from chalicelib.mall.posters.models import STAFF
from chalicelib.mall.posters.previews import service
from chalicelib.mall.posters.schemas import AskPreview, PosterView

api = Api("poster_previews", title="海报 Posters (staff)")


@api.post(
    "/admin/posters/preview",
    permission="sharing.write",
    raises=[TemplateNotFound, ProductNotFound, PictureRefused],
)
def ask_preview(staff: Staff, body: AskPreview) -> PosterView:
    """Draw a saved template, or a design that is not saved yet, with a product or a sample. Poll the answer's id."""
    return PosterView.of(service.ask(body))


@api.get("/admin/posters/{poster_id}", permission="sharing.read", raises=[PosterNotFound])
def show_preview(staff: Staff, poster_id: str) -> PosterView:
    """Show a preview: its status, and its picture once it is drawn."""
    return PosterView.of(posters.find(poster_id, STAFF))
