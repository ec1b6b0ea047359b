"""Mini-program codes, unlimited in number: any page, with a short scene that WeChat gives the page back.

Source: ``getUnlimitedQRCode`` of the official documentation. The limit is 5,000 calls a minute for the whole account;
every container spends from one count of the minute.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

from pynamodb.exceptions import UpdateError

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat import client
from chalicelib.gateways.wechat.errors import QuotaUsedUp
from chalicelib.gateways.wechat.models import PartnerCalls

#: Half of WeChat's: its minutes need not begin with ours, and two neighbors of ours cover any sixty seconds.
CALLS_A_MINUTE = 2_500
#: Fewer signs than WeChat allows: some of its own list (``&``) are known to be refused.
_SCENE = re.compile(r"[0-9A-Za-z=\-._~]{1,32}")
_PAGE = re.compile(r"[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*")
_PATH = "/wxa/getwxacodeunlimit"


def mini_program_code(
    scene: str, page: str, *, width: int = 430, version: Literal["release", "trial", "develop"] | None = None
) -> bytes:
    """The picture of a code (JPEG) that opens *page* with *scene*. The same arguments give the same code, for ever.

    :param scene: 1 to 32 letters, digits, ``= - . _ ~``. :param page: ``pages/product/index``, without parameters.
    :param width: 280 to 1,280 pixels. :param version: of the mini program; by default the setting
        ``mini_program_version``. Only a released page is checked to be there.
    :raises ValueError: an argument that WeChat would refuse.
    :raises QuotaUsedUp: this minute's calls are used; the next minute has new ones.
    :raises PartnerRefused: no such page in the released version (41030).
    :raises PartnerError: WeChat can not be asked now.
    """
    if not _SCENE.fullmatch(scene) or not _PAGE.fullmatch(page) or not 280 <= width <= 1280:
        raise ValueError(f"not a mini-program code: {page!r}, {scene!r}, {width}")
    version = version or settings().mini_program_version
    document = {
        "scene": scene,
        "page": page,
        "width": width,
        "env_version": version,
        "check_path": version == "release",
    }
    return client.picture_with_token(_PATH, document, before_each=_spend)


def _spend() -> None:
    """Count a call of this minute. A plain conditional write: it is part of no transaction, nor could it be undone."""
    minute = clock.now().replace(second=0, microsecond=0)
    item = PartnerCalls(id=f"{client.PARTNER}:getwxacodeunlimit:{minute:%Y%m%d%H%M}")
    expires_at = int((minute + timedelta(hours=1)).timestamp())
    try:
        item.update(
            actions=[PartnerCalls.calls.add(1), PartnerCalls.expires_at.set(expires_at)],
            condition=PartnerCalls.calls.does_not_exist() | (PartnerCalls.calls < CALLS_A_MINUTE),
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise QuotaUsedUp(client.PARTNER, reason="our own count of this minute") from None
