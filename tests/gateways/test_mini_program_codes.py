"""Mini-program codes through the played WeChat: the picture, what is refused, the quota of a minute."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from chalicelib.core.http import PartnerBroken, PartnerBusy, PartnerRefused
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat import codes
from chalicelib.gateways.wechat.errors import QuotaUsedUp, WeChatMisconfigured
from chalicelib.gateways.wechat.models import PartnerCalls
from infra.local.partners import Partners
from infra.local.partners.wechat.codes import CALLS_A_MINUTE
from tests.harness import Cloud, MovableClock

pytestmark = pytest.mark.usefixtures("cloud")
PAGE = "pages/product/detail"


def calls(partners: Partners) -> int:
    return sum(name == "getwxacodeunlimit" for name, _ in partners.calls)


def spent(cloud: Cloud) -> list[int]:
    return [int(row["calls"]["N"]) for row in cloud.items("partner_calls")]


def test_a_picture_of_the_page_and_scene(partners: Partners) -> None:
    image = Image.open(io.BytesIO(codes.mini_program_code("s=Ab12Cd34Ef56", PAGE, width=280)))
    assert (image.format, image.size) == ("JPEG", (280, 280))
    assert image.info["comment"] == b"pages/product/detail?s=Ab12Cd34Ef56"


@pytest.mark.parametrize("scene", ["", "s=" + "x" * 31, "s=%41", "s=中", "a b", "s=1&t=2"])
def test_a_scene_that_wechat_would_refuse_is_a_bug_here(partners: Partners, cloud: Cloud, scene: str) -> None:
    with cloud.unchanged(), pytest.raises(ValueError):
        codes.mini_program_code(scene, PAGE)
    assert calls(partners) == 0


@pytest.mark.parametrize(("page", "width"), [("/pages/a", 430), ("pages/a?id=1", 430), ("", 430), (PAGE, 279)])
def test_so_is_a_page_or_width(partners: Partners, page: str, width: int) -> None:
    with pytest.raises(ValueError):
        codes.mini_program_code("s=1", page, width=width)
    assert calls(partners) == 0


def test_a_page_that_is_not_released(partners: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
    partners.wechat.state.links.pages = ["pages/index/index"]
    with pytest.raises(PartnerRefused) as refused:
        codes.mini_program_code("s=1", PAGE)
    assert refused.value.partner_code == "41030"
    monkeypatch.setenv("SIYU_MINI_PROGRAM_VERSION", "trial")
    settings.cache_clear()
    assert codes.mini_program_code("s=1", PAGE)[:2] == b"\xff\xd8"


def test_an_access_token_that_died_is_replaced_once(partners: Partners) -> None:
    codes.mini_program_code("s=1", PAGE)
    partners.wechat.revoke_tokens()
    codes.mini_program_code("s=2", PAGE)
    assert partners.wechat.token_fetches == 2


@pytest.mark.parametrize("kind", ["busy", "500", "reset"])
def test_what_passes_is_repeated_and_each_try_is_counted(partners: Partners, cloud: Cloud, kind: str) -> None:
    partners.faults.api("getwxacodeunlimit", kind)
    assert codes.mini_program_code("s=1", PAGE)
    assert spent(cloud) == [2]


def test_what_does_not_pass_is_told(partners: Partners) -> None:
    partners.faults.api("getwxacodeunlimit", "busy", times=3)
    with pytest.raises(PartnerBusy):
        codes.mini_program_code("s=1", PAGE)
    partners.faults.api("getwxacodeunlimit", "garbage", times=3)
    with pytest.raises(PartnerBroken):
        codes.mini_program_code("s=1", PAGE)
    partners.faults.api("getwxacodeunlimit", "answer", status=200, document={"errcode": 0}, times=3)
    with pytest.raises(PartnerBroken):
        codes.mini_program_code("s=1", PAGE)
    partners.faults.api("getwxacodeunlimit", "answer", status=200, document={"errcode": 48001, "errmsg": "no"})
    with pytest.raises(WeChatMisconfigured):
        codes.mini_program_code("s=1", PAGE)


def test_wechats_limit_is_told_and_not_tried_again(frozen: MovableClock, partners: Partners) -> None:
    partners.wechat.state.codes.calls = [frozen.at] * CALLS_A_MINUTE
    with pytest.raises(QuotaUsedUp):
        codes.mini_program_code("s=1", PAGE)
    assert calls(partners) == 1
    frozen.move(seconds=60)
    assert codes.mini_program_code("s=1", PAGE)


@pytest.mark.dynoxide
def test_our_own_count_stops_before_wechat_does(frozen: MovableClock, partners: Partners, cloud: Cloud) -> None:
    codes.mini_program_code("s=1", PAGE)
    (row,) = PartnerCalls.scan()
    row.calls = codes.CALLS_A_MINUTE - 1
    row.save()
    codes.mini_program_code("s=2", PAGE)
    with cloud.unchanged(), pytest.raises(QuotaUsedUp):
        codes.mini_program_code("s=3", PAGE)
    assert calls(partners) == 2
    frozen.move(seconds=61)
    codes.mini_program_code("s=3", PAGE)
    assert sorted(spent(cloud)) == [1, codes.CALLS_A_MINUTE]


def test_two_minutes_of_ours_never_hold_more_than_wechat_takes_in_sixty_seconds() -> None:
    assert 2 * codes.CALLS_A_MINUTE <= CALLS_A_MINUTE
