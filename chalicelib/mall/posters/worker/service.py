"""A poster from its row to its picture: fetch, code, draw, keep.

Everything may happen twice: the picture's key follows from the poster, and the same poster gives the same picture.
What can not be had now is tried again by a deadline, which does not use up the deliveries of a message; what can
never be had is noted at once.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib.core import clock
from chalicelib.core.errors import DomainError
from chalicelib.core.http import PartnerError
from chalicelib.core.settings import settings
from chalicelib.core.states import move
from chalicelib.core.transaction import Transaction
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.gateways.wechat.errors import QuotaUsedUp
from chalicelib.mall.posters.codes import service as codes
from chalicelib.mall.posters.designs.schemas import Code, Design, Picture
from chalicelib.mall.posters.drawing import service as drawing
from chalicelib.mall.posters.errors import PictureRefused, PictureUnreachable
from chalicelib.mall.posters.events import PosterWanted
from chalicelib.mall.posters.models import STAFF, STEPS, Poster, PosterFailure, PosterStatus
from chalicelib.mall.posters.pictures import service as pictures
from chalicelib.mall.posters.templates import service as templates

if TYPE_CHECKING:
    from PIL import Image

log = logging.getLogger(__name__)
PAUSES = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5))
"""Before the second, third and fourth try."""
FOLDER = "posters/"


class Void(DomainError):
    """The poster was finished, removed or asked for anew while it was drawn: the message is looked at once more."""

    code = "void"


class _Later(Exception):
    """Not now. *failure*: what is noted when there is no later."""

    def __init__(self, failure: PosterFailure) -> None:
        self.failure = failure


class _Never(Exception):
    """Not ever, as far as the mall knows."""

    def __init__(self, failure: PosterFailure) -> None:
        self.failure = failure


@dataclass
class _Work:
    """One try at one poster."""

    poster: Poster
    design: Design
    last: bool
    makeshift: bool = False
    images: dict[str, Image.Image] = field(default_factory=dict)


def work(tx: Transaction, event: PosterWanted) -> None:
    """Draw the poster that *event* wants, unless it is drawn or the wish is void; add to *tx* what came of it."""
    poster = Poster.find(event.owner, event.poster_id, consistent=True)
    if poster is None:
        # The account was closed. A try that was under way then may have left its picture.
        storage.delete(Bucket.MEDIA, _key(event.poster_id, event.round))
        return
    if poster.status is not PosterStatus.PENDING or poster.round != event.round:
        return
    try:
        key, makeshift = _draw(poster, last=event.attempt > len(PAUSES))
    except _Later as error:
        _postpone(tx, poster, event, error.failure)
    except _Never as error:
        _fail(tx, poster, error.failure)
    else:
        _finish(tx, poster, PosterStatus.READY, picture_key=key, makeshift=makeshift)


def _draw(poster: Poster, *, last: bool) -> tuple[str, bool]:
    """The key of the picture, and whether something is missing on it."""
    design = templates.design_of(poster.design_id)
    if design is None:
        raise _Never(PosterFailure.TEMPLATE_GONE)
    job = _Work(poster, design, last)
    _fetch_all(job)
    code = _code(job)
    picture = drawing.draw(design, poster.content, job.images, code)
    key = _key(poster.id, poster.round)
    storage.put(Bucket.MEDIA, key, picture, "image/jpeg")
    return key, job.makeshift


def _key(poster_id: str, round_: int) -> str:
    """A better picture later has a name of its own: phones keep what they have loaded."""
    return f"{FOLDER}{poster_id}{f'-{round_}' if round_ > 1 else ''}.jpg"


def _fetch_all(job: _Work) -> None:
    """Every picture of the design that the content fills. Only the main one must be there."""
    content = job.poster.content
    main = content.pictures.get("picture")
    for layer in job.design.layers:
        if not isinstance(layer, Picture):
            continue
        url = layer.url or content.pictures.get(layer.slot or "picture")
        if not url:
            continue
        longest = max(layer.width, layer.height)
        known = job.images.get(url)
        if known is None or max(known.size) < longest:
            _fetch(job, url, longest, needed=url == main)


def _fetch(job: _Work, url: str, longest: int, *, needed: bool) -> None:
    try:
        job.images[url] = pictures.open_picture(pictures.fetch(url), longest)
    except PictureUnreachable:
        if needed or not job.last:
            raise _Later(PosterFailure.PICTURE_UNREACHABLE) from None
        job.makeshift = True
    except PictureRefused as error:
        log.warning("picture refused", extra={"poster_id": job.poster.id, "reason": error.details.get("reason")})
        if needed:
            raise _Never(PosterFailure.PICTURE_REFUSED) from None


def _code(job: _Work) -> Image.Image:
    poster, link = job.poster, settings().ordinary_link_prefix
    if poster.owner == STAFF:
        link = link or settings().public_base_url
    try:
        picture = codes.mini_program_code(poster.scene, poster.page)
        return pictures.open_picture(picture, max(each.size for each in job.design.layers if isinstance(each, Code)))
    except (PartnerError, PictureRefused) as error:
        later = isinstance(error, QuotaUsedUp) or (isinstance(error, PartnerError) and error.retryable)
        log.warning("no mini-program code", extra={"poster_id": poster.id, "error": str(error), "later": later})
        if link:
            job.makeshift = True
            return codes.qr_code(f"{link}?{poster.scene}")
        raise (_Later(PosterFailure.CODE_UNAVAILABLE) if later else _Never(PosterFailure.CODE_REFUSED)) from None


def _postpone(tx: Transaction, poster: Poster, event: PosterWanted, failure: PosterFailure) -> None:
    if event.attempt > len(PAUSES):
        _fail(tx, poster, failure)
        return
    at = clock.now() + PAUSES[event.attempt - 1]
    tx.emit(event.model_copy(update={"attempt": event.attempt + 1}), at=at)


def _fail(tx: Transaction, poster: Poster, failure: PosterFailure) -> None:
    log.warning("poster failed", extra={"poster_id": poster.id, "failure": failure.value})
    _finish(tx, poster, PosterStatus.FAILED, failure=failure)


def _finish(tx: Transaction, poster: Poster, to: PosterStatus, **changes: object) -> None:
    actions = [getattr(Poster, name).set(value) for name, value in changes.items()]
    item = Poster(owner=poster.owner, id=poster.id)
    move(tx, item, Poster.status, STEPS, to, *actions, also=Poster.round == poster.round, otherwise=Void())
