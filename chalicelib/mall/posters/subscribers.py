"""Posters are drawn; those of a closed account go."""

from __future__ import annotations

from chalicelib.core.events import subscribe
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.members.events import MemberClosed
from chalicelib.mall.posters import service
from chalicelib.mall.posters.events import PosterWanted
from chalicelib.mall.posters.worker import service as worker


@subscribe(PosterWanted, queue="posters")
def draw_poster(event: PosterWanted, tx: Transaction) -> None:
    """Draw a poster and keep it; or ask for another try later; or note why there is none."""
    worker.work(tx, event)


@subscribe(MemberClosed, queue="posters")
def forget_posters(event: MemberClosed, tx: Transaction) -> None:
    """A closed account's name and face vanish from the bucket too."""
    service.forget(event.member_id)
