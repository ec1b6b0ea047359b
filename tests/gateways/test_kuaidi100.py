"""The gateway to Kuaidi100: vectors, its codes as types, callbacks that are believed."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.core.http import PartnerBroken, PartnerBusy, PartnerRefused, PartnerTimeout
from chalicelib.core.settings import settings
from chalicelib.gateways.kuaidi100 import errors, schemas, service, signing
from chalicelib.gateways.kuaidi100.schemas import State, Watching
from infra.local.partners import Partners
from tests.harness import MovableClock

NUMBER = "YT9693083639795"
URL = "https://mall.test/hooks/kuaidi100?parcel=abc"
SAMPLE = {
    "status": "polling",
    "billstatus": "got",
    "message": "",
    "autoCheck": "0",
    "comOld": "",
    "comNew": "",
    "lastResult": {
        "message": "ok",
        "state": "5",
        "status": "200",
        "condition": "F00",
        "ischeck": "0",
        "com": "yuantong",
        "nu": NUMBER,
        "data": [
            {
                "time": "2026-11-22 09:12:00",
                "ftime": "2026-11-22 09:12:00",
                "context": "【深圳市】派件中",
                "status": "派件",
                "statusCode": "5",
                "areaCode": "CN440300000000",
                "areaName": "广东,深圳市",
            },
            {
                "time": "2026-11-21 20:00:00",
                "ftime": "2026-11-21 20:00:00",
                "context": "【江门市】已揽收",
                "status": "揽收",
                "statusCode": "1",
                "areaCode": "CN440700000000",
                "areaName": "广东,江门市",
            },
        ],
    },
}


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, partners: Partners, frozen: MovableClock) -> None:
    """A mall with an account at Kuaidi100."""
    for name, value in partners.settings_environment().items():
        if name.startswith("SIYU_KUAIDI100_"):
            monkeypatch.setenv(name, value)
    settings.cache_clear()


def subscribe(**changes: str) -> None:
    service.subscribe(**{"carrier": "yuantong", "number": NUMBER, "callback_url": URL, "salt": "SALT", **changes})


def form(param: Any, salt: str = "SALT") -> bytes:
    text = param if isinstance(param, str) else json.dumps(param, ensure_ascii=False)
    return urlencode({"sign": signing.sign_callback(text, salt), "param": text}).encode()


def test_the_vectors() -> None:
    assert (
        signing.sign_query('{"com":"yuantong","num":"YT9693083639795"}', "KEY", "CUST")
        == "F1A51E17F4A3F05B9F5D3FCF163957C3"
    )
    param = '{"status":"polling","lastResult":{"state":"0"}}'
    assert signing.sign_callback(param, "SALT") == "15D500B119D5593C17EE05A9FF521867"
    assert signing.verified(param, "15d500b119d5593c17ee05a9ff521867", "SALT")
    assert not signing.verified(param, "15d500b119d5593c17ee05a9ff521868", "SALT")
    assert not signing.verified(param + " ", "15D500B119D5593C17EE05A9FF521867", "SALT")


class TestSubscribing:
    def test_taken(self, partners: Partners) -> None:
        subscribe()
        known = partners.kuaidi100.books.subscriptions[NUMBER]
        assert (known.company, known.url, known.salt, known.status) == ("yuantong", URL, "SALT", "polling")

    def test_every_no_has_its_type(self, partners: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
        subscribe()
        with pytest.raises(errors.AlreadySubscribed):
            subscribe()
        with pytest.raises(errors.CarrierNotSupported):
            subscribe(carrier="pigeon", number="PG0000001")
        partners.kuaidi100.refused_companies.add("jd")
        with pytest.raises(errors.CarrierNotSupported):
            subscribe(carrier="jd", number="JD0000001")
        with pytest.raises(errors.PhoneWanted):
            subscribe(carrier="shunfeng", number="SF0000001")
        with pytest.raises(errors.Kuaidi100Refused):
            subscribe(number="1")
        monkeypatch.setenv("SIYU_KUAIDI100_KEY", "wrong")
        settings.cache_clear()
        with pytest.raises(errors.Kuaidi100Misconfigured):
            subscribe(number="YT0000002")
        assert list(partners.kuaidi100.books.subscriptions) == [NUMBER]

    def test_with_a_phone(self, partners: Partners) -> None:
        subscribe(carrier="shunfeng", number="SF0000001", phone="0000")
        assert "SF0000001" in partners.kuaidi100.books.subscriptions

    @pytest.mark.parametrize("kind", ["500", "502", "garbage", "reset", "busy", "429"])
    def test_a_partner_in_trouble_is_asked_once(self, partners: Partners, kind: str) -> None:
        partners.faults.api("track_subscribe", kind, times=9)
        expected = {"429": PartnerBusy, "busy": PartnerRefused, "reset": PartnerTimeout}.get(kind, PartnerBroken)
        with pytest.raises(expected):
            subscribe()
        assert len(partners.calls) == (3 if kind == "429" else 1)  # only what certainly did not happen is repeated


class TestAsking:
    def test_the_whole_list_newest_first_in_utc(self, partners: Partners, frozen: MovableClock) -> None:
        kuaidi100 = partners.kuaidi100
        kuaidi100.move(NUMBER, "collected", "【江门市】已揽收", company="yuantong", area="广东,江门市")
        frozen.move(hours=3)
        kuaidi100.move(NUMBER, "delivering", "派件中")
        found = service.query(carrier="yuantong", number=NUMBER)
        assert (found.state, found.carrier, found.number) == (State.DELIVERING, "yuantong", NUMBER)
        assert [entry.text for entry in found.entries] == ["派件中", "【江门市】已揽收"]
        assert found.entries[0].at == frozen.at.replace(microsecond=0)
        assert found.entries[0].at.utcoffset().total_seconds() == 0  # type: ignore[union-attr]
        assert found.entries[1].area == "广东,江门市"

    def test_every_no_has_its_type(self, partners: Partners, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(errors.NoRecords):
            service.query(carrier="yuantong", number=NUMBER)
        with pytest.raises(PartnerBroken):  # again within half an hour
            service.query(carrier="yuantong", number=NUMBER)
        assert partners.kuaidi100.books.too_often == [NUMBER]
        with pytest.raises(errors.PhoneWanted):
            service.query(carrier="zhongtong", number="75000000000001")
        with pytest.raises(errors.Kuaidi100Refused):
            service.query(carrier="pigeon", number="75000000000001")
        monkeypatch.setenv("SIYU_KUAIDI100_CUSTOMER", "ANOTHER")
        settings.cache_clear()
        with pytest.raises(errors.Kuaidi100Misconfigured):
            service.query(carrier="yuantong", number="YT0000003")

    def test_the_wrong_phone(self, partners: Partners) -> None:
        partners.kuaidi100.move("SF0000001", "collected", company="shunfeng")
        partners.kuaidi100.books.consignments["SF0000001"].phone = "1234"
        with pytest.raises(errors.PhoneWanted):
            service.query(carrier="shunfeng", number="SF0000001", phone="9999")

    @pytest.mark.parametrize("kind", ["500", "garbage", "reset"])
    def test_never_asked_twice_by_itself(self, partners: Partners, kind: str) -> None:
        partners.faults.api("track_query", kind, times=9)
        with pytest.raises((PartnerBroken, PartnerTimeout)):
            service.query(carrier="yuantong", number=NUMBER)
        assert len(partners.calls) == 1

    def test_an_answer_without_data(self, partners: Partners) -> None:
        partners.faults.api("track_query", "answer", status=200, document={"message": "ok", "status": "200"})
        with pytest.raises(PartnerBroken):
            service.query(carrier="yuantong", number=NUMBER)


class TestCallbacks:
    def test_the_sample(self) -> None:
        heard = service.read_callback(form(SAMPLE), "SALT")
        assert (heard.watching, heard.carrier, heard.message) == (Watching.POLLING, None, "")
        assert heard.told is not None
        assert heard.told.state is State.DELIVERING
        assert [entry.at.isoformat() for entry in heard.told.entries] == [
            "2026-11-22T01:12:00+00:00",
            "2026-11-21T12:00:00+00:00",
        ]

    def test_the_stand_in_signs_alike(self, partners: Partners) -> None:
        subscribe()
        got: list[bytes] = []
        partners.kuaidi100.callbacks.post = lambda url, headers, body: (got.append(body), (200, b"{}"))[1]
        partners.kuaidi100.move(NUMBER, "collected")
        partners.kuaidi100.callbacks.deliver_due()
        heard = service.read_callback(got[0], "SALT")
        assert heard.told is not None
        assert heard.told.state is State.COLLECTED

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"param=%7B%7D",
            b"sign=&param=%7B%7D",
            b"\xff\xfe",
            b"sign=a&sign=b&param=c",
            b"&".join(b"a%d=1" % n for n in range(50)),
            b"sign=%ff&param=%ff",
            json.dumps(SAMPLE).encode(),
            form(SAMPLE, salt="another"),
            form(SAMPLE) + b"%20",
        ],
    )
    def test_a_forged_one_is_refused(self, body: bytes) -> None:
        with pytest.raises(errors.ForgedCallback):
            service.read_callback(body, "SALT")

    @pytest.mark.parametrize("param", ["[]", "1", "{}", "nothing", '{"status":"resting"}', "null"])
    def test_signed_nonsense_is_told_apart(self, param: str) -> None:
        with pytest.raises(errors.UnreadableCallback):
            service.read_callback(form(param), "SALT")

    def test_odd_lines_are_left_out_and_long_ones_cut(self) -> None:
        rows = [
            {"time": "2026-11-22 09:12:00", "context": "长" * 500},
            {"time": "2026-11-22 09:12:00", "context": "长" * 500},
            {"time": "yesterday", "context": "x"},
            {"time": "2026-11-22 09:12:00"},
            {"time": "0001-01-01 00:00:00", "context": "x"},
            "a line",
            {"ftime": "2026-11-22 09:13:00", "context": "a\x00b\ud800"},
        ]
        param = json.dumps({"status": "polling", "lastResult": {"state": "77", "com": None, "data": rows}})
        told = service.read_callback(form(param), "SALT").told
        assert told is not None
        assert (told.state, told.carrier) == (State.UNKNOWN, "")
        assert [entry.text for entry in told.entries] == ["a b", "长" * 200]

    def test_only_the_newest_hundred(self) -> None:
        rows = [
            {"time": f"2026-11-{day:02d} {hour:02d}:00:00", "context": f"{day}/{hour}"}
            for day in range(1, 21)
            for hour in range(10)
        ]
        told = schemas.courier_list({"data": rows})
        assert len(told.entries) == 100
        assert told.entries[0].text == "20/9"

    def test_the_courier_corrected(self) -> None:
        heard = service.read_callback(form({**SAMPLE, "autoCheck": "1", "comNew": "Jtexpress"}), "SALT")
        assert heard.carrier == "jtexpress"


@pytest.mark.parametrize(
    ("codes", "state"),
    [
        (("0", 0, "", None, "1001", "1002"), State.MOVING),
        (("1", "103"), State.COLLECTED),
        (("2", "208"), State.PROBLEM),
        (("3", 3, "301", "304"), State.SIGNED),
        (("4",), State.RETURNED),
        (("5", "501"), State.DELIVERING),
        (("6",), State.RETURNING),
        (("14",), State.REFUSED),
        (("9", "-1", "101", "401", "3011", "x"), State.UNKNOWN),
    ],
)
def test_states(codes: tuple[object, ...], state: State) -> None:
    assert {schemas.state_of(code) for code in codes} == {state}
