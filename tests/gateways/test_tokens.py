"""One token for everybody, renewed by one caller, before its end, and after a refusal."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from chalicelib.core import clock, http
from chalicelib.gateways.wechat import client
from chalicelib.gateways.wechat import service as wechat
from chalicelib.gateways.wechat.errors import WeChatMisconfigured
from chalicelib.gateways.wechat.models import PartnerToken
from chalicelib.gateways.wechat.tokens import SharedToken
from infra.local.partners import Partners
from tests.harness import Cloud, MovableClock

pytestmark = pytest.mark.usefixtures("cloud", "frozen")

THREADS = 8


def container() -> SharedToken:
    """Another Lambda container: nothing in memory, the same table, the same partner."""
    return SharedToken(client._token_name, client._fetch_token)


def race(containers: list[SharedToken], **how: str) -> list[str]:
    """All containers ask in the same moment."""
    barrier = Barrier(len(containers))

    def ask(one: SharedToken) -> str:
        barrier.wait()
        return one.get(**how)  # type: ignore[arg-type]

    with ThreadPoolExecutor(len(containers)) as pool:
        return list(pool.map(ask, containers))


@pytest.mark.dynoxide
def test_eight_containers_fetch_one_token(partners: Partners) -> None:
    tokens = race([container() for _ in range(THREADS)])
    assert len(set(tokens)) == 1
    assert partners.wechat.token_fetches == 1


def test_eight_threads_of_one_process_fetch_one_token(partners: Partners) -> None:
    one = container()
    assert len(set(race([one] * THREADS))) == 1
    assert partners.wechat.token_fetches == 1


def test_a_remembered_token_costs_no_call(partners: Partners, cloud: Cloud) -> None:
    one = container()
    value = one.get()
    PartnerToken(id=f"wechat:{partners.credentials().app_id}").delete()
    assert one.get() == value
    assert partners.wechat.token_fetches == 1


def test_another_container_finds_it_in_the_table(partners: Partners) -> None:
    assert container().get() == container().get()
    assert partners.wechat.token_fetches == 1


def test_it_is_renewed_before_its_end(partners: Partners, frozen: MovableClock) -> None:
    one = container()
    old = one.get()
    frozen.move(minutes=115)
    assert one.get() == old  # five minutes left: WeChat has just made the next one, there is no hurry
    frozen.move(minutes=1)
    assert one.get() != old
    assert partners.wechat.token_fetches == 2


def test_while_one_renews_the_others_use_the_old_one(partners: Partners, frozen: MovableClock) -> None:
    old = container().get()
    frozen.move(minutes=117)
    PartnerToken(id=client._token_name()).update(
        actions=[
            PartnerToken.lease_owner.set("somebody"),
            PartnerToken.lease_until.set(clock.now() + timedelta(seconds=10)),
        ]
    )
    assert set(race([container() for _ in range(THREADS)])) == {old}
    assert partners.wechat.token_fetches == 1


@pytest.mark.dynoxide
def test_at_the_end_of_the_old_one_one_of_eight_renews(partners: Partners, frozen: MovableClock) -> None:
    containers = [container() for _ in range(THREADS)]
    old = race(containers)[0]
    frozen.move(minutes=117)
    assert len(set(race(containers)) - {old}) <= 1
    assert partners.wechat.token_fetches == 2


def test_a_dead_refresher_is_replaced(partners: Partners, frozen: MovableClock) -> None:
    item = PartnerToken(id=client._token_name())
    item.lease_owner, item.lease_until = "dead", clock.now() - timedelta(seconds=1)
    item.save()
    assert container().get()
    assert partners.wechat.token_fetches == 1


def test_a_refresher_that_was_too_slow_does_not_overwrite_the_next_ones_token(partners: Partners) -> None:
    def overtake(moment: str, method: str, url: str) -> None:
        if moment == "after":
            expires_at = clock.now() + timedelta(hours=2)
            PartnerToken(id=client._token_name(), value="newer", expires_at=expires_at).save()

    http.observers.append(overtake)
    try:
        assert container().get() != "newer"
    finally:
        http.observers.remove(overtake)
    assert container().get() == "newer"


@pytest.mark.usefixtures("impatient")
def test_a_living_refresher_is_waited_for_but_not_for_ever(partners: Partners) -> None:
    item = PartnerToken(id=client._token_name())
    item.lease_owner, item.lease_until = "slow", clock.now() + timedelta(minutes=1)
    item.save()
    with pytest.raises(http.PartnerTimeout):
        container().get()
    assert partners.wechat.token_fetches == 0


def test_when_wechat_is_down_the_old_token_is_used_and_nobody_asks_for_a_while(
    partners: Partners, frozen: MovableClock
) -> None:
    old = container().get()
    frozen.move(minutes=117)
    partners.faults.api("stable_token", "500", times=99)
    assert [container().get() for _ in range(3)] == [old] * 3
    assert sum(name == "stable_token" for name, _ in partners.calls) == 1 + 3  # one caller, its three tries
    partners.faults.clear()
    frozen.move(seconds=11)
    assert container().get() != old


def test_when_wechat_is_down_and_the_token_is_dead_it_is_told_and_asked_again(
    partners: Partners, frozen: MovableClock
) -> None:
    container().get()
    frozen.move(hours=2)
    partners.faults.api("stable_token", "500", times=3)
    with pytest.raises(http.PartnerBroken):
        container().get()
    assert container().get()


@pytest.mark.parametrize(
    "document", [{"access_token": "", "expires_in": 7200}, {"access_token": "a", "expires_in": "1"}]
)
def test_a_reply_without_token_is_broken(partners: Partners, document: dict[str, object]) -> None:
    partners.faults.api("stable_token", "answer", status=200, document=document)
    with pytest.raises(http.PartnerBroken):
        container().get()


def test_a_refused_token_is_replaced_once_and_the_call_repeated(partners: Partners) -> None:
    wechat.phone_number(partners.wechat.new_phone_code("1"))
    partners.wechat.revoke_tokens()
    assert wechat.phone_number(partners.wechat.new_phone_code("2")).number == "2"
    assert partners.wechat.token_fetches == 2


@pytest.mark.dynoxide
def test_eight_containers_replace_a_refused_token_once(partners: Partners) -> None:
    containers = [container() for _ in range(THREADS)]
    refused = race(containers)[0]
    partners.wechat.revoke_tokens()
    assert len(set(race(containers, rejected=refused)) | {refused}) == 2
    assert partners.wechat.token_fetches == 2


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_token_refused_twice_is_an_alarm(partners: Partners, code: int, caplog: pytest.LogCaptureFixture) -> None:
    document = {"errcode": code, "errmsg": "invalid credential"}
    partners.faults.api("getuserphonenumber", "answer", times=2, status=200, document=document)
    with pytest.raises(WeChatMisconfigured):
        wechat.phone_number("any")
    assert sum(name == "getuserphonenumber" for name, _ in partners.calls) == 2
    assert any(vars(record).get("alarm") for record in caplog.records)


def test_the_token_is_in_no_log(partners: Partners, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG", logger="chalicelib"):
        wechat.phone_number(partners.wechat.new_phone_code("13800138000"))
    told = str([vars(record) for record in caplog.records])
    assert client.access_token.get() not in told
    assert "13800138000" not in told
