"""The mini-program code, made once for each scene and page and kept; a QR code where WeChat gives none."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from chalicelib.core import ids
from chalicelib.core.settings import settings
from chalicelib.gateways.object_storage import service as storage
from chalicelib.gateways.object_storage.service import Bucket
from chalicelib.gateways.wechat import codes as wechat_codes

if TYPE_CHECKING:
    from PIL import Image

WIDTH = 430


def mini_program_code(scene: str, page: str) -> bytes:
    """The picture of the code, from the bucket or from WeChat.

    :raises PartnerError: WeChat gives none now (``retryable``, or its quota is used up), or never.
    """
    version = settings().mini_program_version
    key = f"mini-program-codes/{ids.derive('mpc', version, page, scene, str(WIDTH))}.jpg"
    kept = storage.get(Bucket.WORK, key)
    if kept is not None:
        return kept
    picture = wechat_codes.mini_program_code(scene, page, width=WIDTH)
    storage.put(Bucket.WORK, key, picture, "image/jpeg")
    return picture


def qr_code(text: str) -> Image.Image:
    """A QR code, a pixel a square, its quiet zone included."""
    import segno
    from PIL import Image

    file = io.BytesIO()
    segno.make_qr(text, error="m").save(file, kind="png", scale=1, border=2)
    return Image.open(file).convert("1")
