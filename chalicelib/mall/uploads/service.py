"""Forms for buyers' pictures, and what really arrived."""

from __future__ import annotations

from collections.abc import Iterable

from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Upload
from chalicelib.mall.uploads.schemas import AskPicture


def ask(asked: AskPicture) -> Upload:
    """A form with which one picture (5 MB) is sent."""
    return storage.presign_upload(asked.content_type)


def addresses(keys: Iterable[str]) -> list[str]:
    """Where everybody sees the pictures of *keys*, each once, in order. One read for each.

    :raises UploadNotFound: nothing was sent for a key. :raises UnsupportedMedia: it is no such picture.
    :raises MediaTooLarge: it is too large.
    """
    return [storage.confirm(key).url for key in dict.fromkeys(keys)]
