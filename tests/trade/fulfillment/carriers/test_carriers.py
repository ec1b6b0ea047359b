"""Couriers: built in, edited by staff, guessed by number."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.trade.fulfillment.carriers import service
from chalicelib.trade.fulfillment.carriers.errors import CarrierOff, CarrierUnknown, TrackingNumberInvalid
from chalicelib.trade.fulfillment.carriers.models import BUILT_IN
from tests.trade.fulfillment.factories import staff_token

NUMBERS = {
    "sf": [
        "SF1234567890123",
        "SF1091234567890",
        "123456789012",
        "sf1234567890123",
        " SF12345 67890123 ",
        "ＳＦ1234567890123",
    ],
    "zto": ["78712345678901", "75312345678901", "731234567890"],
    "yto": ["YT9693083639795", "YT2812345678901"],
    "sto": ["773123456789012", "776012345678901"],
    "yunda": ["4312345678901", "463123456789012"],
    "jtexpress": ["JT5123456789012", "JT0012345678901"],
    "ems": ["1234567890123", "EA123456789CN"],
    "chinapost": ["9876543210123", "KA123456789CN"],
    "jd": ["JD0123456789012", "JDVA12345678901", "JDX012345678901-1-1-"],
    "deppon": ["DPK301234567890", "8123456789"],
    "ky": ["KY4000012345678"],
    "dhl": ["1234567890"],
}
WRONG = {
    "sf": ["SF123", "78712345678901", "SF12345678901234567", "SFABCDEFGHIJKLM", "YT9693083639795"],
    "yto": ["YT96930", "SF1234567890123456"],
    "jtexpress": ["JT512345678901234567", "123"],
    "jd": ["JD 12", "SF1234567890123", "JD0123456789012!"],
    "ems": ["AA123456789CN", "123456789012"],
}


def test_the_table_is_sound():
    codes = [each.code for each in BUILT_IN]
    assert len(set(codes)) == len(codes)
    names = [name for each in BUILT_IN for name in each.names]
    assert len(set(names)) == len(names), "a name leads to one courier"
    assert {each.wechat for each in BUILT_IN} >= {"SF", "ZTO", "YTO", "STO", "YD", "JTSD", "EMS", "YZPY", "JD", "DBL"}
    assert {"sf", "zto"} == {each.code for each in BUILT_IN if each.wants_phone}


@pytest.mark.parametrize(("code", "number"), [(code, each) for code, all_ in NUMBERS.items() for each in all_])
def test_numbers_that_couriers_print(cloud, code, number):
    courier, found = service.checked(code, number)
    assert (courier.code, found) == (code, service.plain(number))
    assert code in [each.code for each in service.guess(number)]


@pytest.mark.parametrize(("code", "number"), [(code, each) for code, all_ in WRONG.items() for each in all_])
def test_numbers_of_no_form(cloud, code, number):
    with pytest.raises(TrackingNumberInvalid):
        service.checked(code, number)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("SF1234567890123", "sf"),
        ("YT9693083639795", "yto"),
        ("JT5123456789012", "jtexpress"),
        ("773123456789012", "sto"),
    ],
)
def test_a_prefix_is_the_best_guess(cloud, number, code):
    assert service.guess(number)[0].code == code


@given(st.text(max_size=80))
def test_any_text_is_guessed_without_harm(text):
    service.forget()
    service._kept = (float("inf"), {each.code: each for each in BUILT_IN})
    for each in service.guess(text):
        assert each.accepts(service.plain(text))
    service.forget()


def test_found_by_what_people_call_them(cloud):
    for text in ("sf", "SF", "顺丰", "顺丰速运", " 顺丰 "):
        assert service.named(text).code == "sf"
    with pytest.raises(CarrierUnknown):
        service.named("顺风")
    with pytest.raises(CarrierUnknown):
        service.carrier("nobody")


def body(**changes):
    return {"name": "顺丰速运", "forms": [{"prefixes": ["SF"], "min_length": 10, "max_length": 12}], **changes}


def test_staff_edit_add_and_switch_off(desk):
    listed = desk.get("/admin/carriers").ok()["items"]
    assert [each["code"] for each in listed] == [each.code for each in BUILT_IN]

    desk.put("/admin/carriers/sf", json=body(kuaidi100="shunfeng", wechat="SF", wants_phone=True)).ok()
    assert service.checked("sf", "SF12345678")[1] == "SF12345678"
    with pytest.raises(TrackingNumberInvalid):
        service.checked("sf", "SF1234567890123")

    added = desk.put(
        "/admin/carriers/local_van", json=body(name="本地快送", forms=[{"min_length": 6, "max_length": 8}])
    ).ok()
    assert (added["code"], added["kuaidi100"]) == ("local_van", None)
    assert service.checked("local_van", "123456")[0].name == "本地快送"
    assert "local_van" in [each["code"] for each in desk.get("/admin/carriers").ok()["items"]]
    assert [e["code"] for e in desk.get("/admin/carriers", query={"tracking_number": "123456"}).ok()["items"]] == [
        "local_van"
    ]

    desk.put("/admin/carriers/local_van", json=body(name="本地快送", enabled=False)).ok()
    with pytest.raises(CarrierOff):
        service.checked("local_van", "SF12345678")
    assert service.carrier("local_van").name == "本地快送", "old parcels name it"
    assert service.guess("SF12345678")[0].code == "sf"


@pytest.mark.parametrize(
    ("code", "sent"),
    [
        ("Bad-Code", body()),
        ("x", body()),
        ("ok", body(forms=[])),
        ("ok", body(forms=[{"min_length": 12, "max_length": 10}])),
        ("ok", body(forms=[{"min_length": 1, "max_length": 10}])),
        ("ok", body(forms=[{"prefixes": ["(a+)+"], "min_length": 6, "max_length": 10}])),
        ("ok", body(name="")),
        ("ok", body(aliases=["a"] * 21)),
        ("ok", body(wechat="no such;")),
    ],
)
def test_nonsense_is_refused(desk, cloud, code, sent):
    with cloud.unchanged():
        assert desk.put(f"/admin/carriers/{code}", json=sent).status in (404, 422)


def test_at_most_two_hundred(desk, cloud, monkeypatch):
    monkeypatch.setattr(service, "MAX_CARRIERS", len(BUILT_IN) + 1)
    desk.put("/admin/carriers/one", json=body(name="一")).ok()
    with cloud.unchanged():
        assert desk.put("/admin/carriers/two", json=body(name="二")).code == "too_many_carriers"
    desk.put("/admin/carriers/one", json=body(name="壹")).ok()


def test_who_may(http, cloud, frozen):
    reader, stranger = http.as_(staff_token("shipping.read")), http.as_(staff_token("orders.write"))
    reader.get("/admin/carriers").ok()
    with cloud.unchanged():
        assert reader.put("/admin/carriers/sf", json=body()).status == 403
        assert stranger.get("/admin/carriers").status == 403
    assert http.get("/admin/carriers").status == 401


def test_a_change_is_in_the_operation_log(desk, cloud):
    desk.put("/admin/carriers/sf", json=body()).ok()
    (row,) = cloud.items("operations")
    assert row["target"]["S"] == "sf"
    assert json.loads(row["summary"]["S"])["name"] == "顺丰速运"
