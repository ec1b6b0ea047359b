"""Posters, in and out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from chalicelib.core.schemas import Id, Schema
from chalicelib.gateways.object_storage import service as storage
from chalicelib.mall.posters.designs.schemas import Design, PosterKind
from chalicelib.mall.posters.models import Poster, PosterFailure, PosterStatus


class AskPoster(Schema):
    """``POST /posters``."""

    kind: Literal["product"] = "product"
    product_id: Id
    template_id: Annotated[Id, Field(description="Null: the default.")] | None = None
    personal: bool = True
    """With the caller's name and picture, and a code by which visitors are known to come from them."""


class AskPreview(Schema):
    """``POST /admin/posters/preview``: a saved template or a design that is not, with a product or a sample."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"template_id": "clean"}]})

    template_id: Id | None = None
    design: Design | None = None
    product_id: Id | None = None

    @model_validator(mode="after")
    def _one_design(self) -> AskPreview:
        if (self.template_id is None) == (self.design is None):
            raise ValueError("either template_id or design")
        return self


class PosterView(Schema):
    """A poster. While ``pending``, ask again every second or two."""

    id: str
    kind: PosterKind
    template_id: str | None
    status: PosterStatus
    url: str | None
    """The picture (JPEG), once ready."""
    width: int
    height: int
    short_code: str | None
    """What its code leads to: `GET /links/{code}`."""
    failure: PosterFailure | None

    @classmethod
    def of(cls, poster: Poster) -> PosterView:
        ready = poster.status is PosterStatus.READY and poster.picture_key
        return cls(
            id=poster.id,
            kind=poster.kind,
            template_id=poster.template_id,
            status=poster.status,
            url=storage.media_url(poster.picture_key) if ready and poster.picture_key else None,
            width=poster.width,
            height=poster.height,
            short_code=poster.short_code,
            failure=poster.failure,
        )
