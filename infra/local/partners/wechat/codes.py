"""Mini-program codes: ``getwxacodeunlimit``. A picture when all is well, JSON when not."""

from __future__ import annotations

import hashlib
import io
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.local.partners.exchange import Reply, Request
from infra.local.partners.wechat.words import Errcode, View, document

CALLS_A_MINUTE = 5_000
_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")
_PAGE = re.compile(r"[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*")
_WIDTHS = range(280, 1281)
_VERSIONS = ("release", "trial", "develop")
_FIELDS = {
    *("scene", "page", "check_path", "env_version", "width", "auto_color", "line_color", "is_hyaline"),
}


@dataclass
class CodesState:
    """The codes made, the calls of the last minute."""

    made: list[tuple[str, str]] = field(default_factory=list)  # (page, scene), oldest first
    calls: list[datetime] = field(default_factory=list)


class Codes:
    """The area of the API that makes codes."""

    def __init__(
        self,
        now: Callable[[], datetime],
        state: Callable[[], CodesState],
        released: Callable[[], list[str] | None],
        check_token: Callable[[Request], None],
    ) -> None:
        """*released*: the pages of the released version; None: any."""
        self._now, self._state, self._released, self._check_token = now, state, released, check_token

    @property
    def endpoints(self) -> Mapping[tuple[str, str], tuple[str, View]]:
        return {("POST", "/wxa/getwxacodeunlimit"): ("getwxacodeunlimit", self._getwxacodeunlimit)}

    def _getwxacodeunlimit(self, request: Request) -> Reply:
        self._check_token(request)
        self._count()
        body = document(request)
        if body.keys() - _FIELDS:
            raise Errcode(47001, "data format error")
        scene, page, width = self._scene(body), self._page(body), body.get("width", 430)
        if type(width) is not int or width not in _WIDTHS:
            raise Errcode(40097, "invalid args")
        if type(body.get("is_hyaline", False)) is not bool or type(body.get("auto_color", False)) is not bool:
            raise Errcode(47001, "data format error")
        self._state().made.append((page, scene))
        return Reply(200, picture(page, scene, width), {"Content-Type": "image/jpeg"})

    def _count(self) -> None:
        state, now = self._state(), self._now()
        state.calls = [at for at in state.calls if now - at < timedelta(minutes=1)]
        if len(state.calls) >= CALLS_A_MINUTE:
            raise Errcode(45009, "reach max api daily quota limit")
        state.calls.append(now)

    def _scene(self, body: dict[str, Any]) -> str:
        scene = body.get("scene")
        if not isinstance(scene, str) or not scene:
            raise Errcode(40129, "invalid scene")
        if not _SCENE.fullmatch(scene):
            raise Errcode(40169, "invalid length for scene, or the data is not json string")
        return scene

    def _page(self, body: dict[str, Any]) -> str:
        page, check, version = body.get("page", ""), body.get("check_path", True), body.get("env_version", "release")
        if type(check) is not bool or version not in _VERSIONS:
            raise Errcode(40097, "invalid args")
        if not isinstance(page, str) or (page and not _PAGE.fullmatch(page)):
            raise Errcode(41030, "invalid page")
        released = self._released()
        if check and page and released is not None and page not in released:
            raise Errcode(41030, "invalid page")
        return page


def picture(page: str, scene: str, width: int) -> bytes:
    """A JPEG that looks like a mini-program code: rays of dots round a disc. Its comment tells page and scene."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (1000, 1000), 255)
    draw = ImageDraw.Draw(image)
    digest = hashlib.shake_256(f"{page}?{scene}".encode()).digest(400)
    for ray in range(72):
        angle = ray * math.tau / 72
        for dot in range(12):
            if digest[(ray * 12 + dot) // 3] >> (dot % 3) & 1:
                reach = 232 + dot * 21
                x, y = 500 + reach * math.cos(angle), 500 + reach * math.sin(angle)
                size = 5 + dot * 0.5
                draw.ellipse((x - size, y - size, x + size, y + size), fill=30)
    for x, y, size in ((160, 160, 95), (840, 160, 95), (160, 840, 95), (840, 840, 62)):
        for ring, color in ((1.35, 255), (1, 30), (0.72, 255), (0.42, 30)):
            draw.ellipse((x - size * ring, y - size * ring, x + size * ring, y + size * ring), fill=color)
    draw.ellipse((310, 310, 690, 690), fill=255)
    draw.ellipse((325, 325, 675, 675), fill=60)
    draw.ellipse((400, 400, 600, 600), fill=235)
    file = io.BytesIO()
    smooth = image.resize((width, width), Image.Resampling.LANCZOS)
    smooth.save(file, "JPEG", quality=90, comment=f"{page}?{scene}")
    return file.getvalue()
