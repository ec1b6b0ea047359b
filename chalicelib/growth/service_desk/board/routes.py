"""Messages to the shop."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.once import KeyReused
from chalicelib.core.schemas import Page, PageQuery
from chalicelib.gateways.object_storage.errors import (
    MediaTooLarge,
    StorageUnavailable,
    UnsupportedMedia,
    UploadNotFound,
)
from chalicelib.growth.service_desk.board import service
from chalicelib.growth.service_desk.board.schemas import NoteView, WriteNote
from chalicelib.growth.service_desk.limits.errors import EnoughForToday
from chalicelib.mall.identity.service import Buyer

api = Api("board", title="留言 Message board")


@api.post(
    "/me/messages",
    status=201,
    raises=[EnoughForToday, KeyReused, UploadNotFound, UnsupportedMedia, MediaTooLarge, StorageUnavailable],
)
def write_note(buyer: Buyer, body: WriteNote, key: IdempotencyKey) -> NoteView:
    """Leave a message for the shop. Only staff see it."""
    return service.write(buyer.member_id, body, key)


@api.get("/me/messages")
def list_notes(buyer: Buyer, query: PageQuery) -> Page[NoteView]:
    """List my messages with their answers, newest first."""
    return service.mine(buyer.member_id, query)
