"""The address book and the regions."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.errors import Invalid
from chalicelib.mall.identity.addresses.service import LIMIT
from chalicelib.mall.identity.regions import service as regions
from chalicelib.mall.identity.regions.service import place
from infra.local.partners import Partners
from infra.regions.__main__ import convert
from tests.harness import Client, Cloud, MovableClock
from tests.mall.identity.factories import HANGZHOU, log_in


@pytest.fixture
def mine(http: Client, partners: Partners, frozen: MovableClock) -> Client:
    return http.as_(log_in(http, partners, openid="o-mine")["token"])


def _add(client: Client, **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client.post("/me/addresses", json={**HANGZHOU, **more}).ok()
    return answer


def _defaults(client: Client) -> list[str]:
    return [each["id"] for each in client.get("/me/addresses").ok()["items"] if each["is_default"]]


def test_an_address_gets_its_names_from_the_code(mine: Client) -> None:
    added = _add(mine)
    assert added.items() >= HANGZHOU.items()
    assert (added["province_code"], added["city_code"]) == ("330000", "330100")
    assert (added["province"], added["city"], added["district"]) == ("浙江省", "杭州市", "西湖区")
    assert mine.get(f"/me/addresses/{added['id']}").ok() == added


def test_exactly_one_default(mine: Client, cloud: Cloud) -> None:
    first = _add(mine)
    assert first["is_default"] is True
    second = _add(mine)
    assert _defaults(mine) == [first["id"]]
    third = _add(mine, is_default=True)
    assert _defaults(mine) == [third["id"]]
    mine.put(f"/me/addresses/{second['id']}", json={**HANGZHOU, "is_default": True}).ok()
    assert _defaults(mine) == [second["id"]]
    assert mine.get("/me").ok()["default_address_id"] == second["id"]
    assert [each["id"] for each in mine.get("/me/addresses").ok()["items"]] == [second["id"], third["id"], first["id"]]
    mine.put(f"/me/addresses/{second['id']}", json=HANGZHOU).ok()
    assert _defaults(mine) == []
    mine.put(f"/me/addresses/{first['id']}", json={**HANGZHOU, "is_default": True}).ok()
    assert mine.delete(f"/me/addresses/{first['id']}").status == 204
    assert _defaults(mine) == []
    assert mine.get("/me").ok()["default_address_id"] is None
    (member,) = cloud.items("members")
    assert member["address_count"] == {"N": "2"}


def test_an_address_is_written_anew(mine: Client, frozen: MovableClock) -> None:
    added = _add(mine)
    frozen.move(hours=1)
    change = {"name": "李雷", "phone": "0571-88888888", "district_code": "441900", "detail": "东莞大道 2 号"}
    changed = mine.put(f"/me/addresses/{added['id']}", json={**change, "is_default": True}).ok()
    assert changed.items() >= change.items()
    assert (changed["province"], changed["city"], changed["district"]) == ("广东省", "东莞市", "")
    assert (changed["city_code"], changed["district_code"]) == ("441900", "441900")
    assert changed["updated_at"] > added["updated_at"]
    assert mine.get("/me/addresses").ok()["items"] == [changed]


def test_another_members_address_is_not_found(mine: Client, http: Client, partners: Partners, cloud: Cloud) -> None:
    added = _add(mine)
    other = http.as_(log_in(http, partners)["token"])
    path = f"/me/addresses/{added['id']}"
    with cloud.unchanged():
        for reply in (other.get(path), other.put(path, json=HANGZHOU), other.delete(path), mine.get(path + "x")):
            assert (reply.status, reply.code) == (404, "not_found")
        assert other.get("/me/addresses").ok()["items"] == []
        assert http.get("/me/addresses").status == 401


def test_the_book_is_full_at_twenty(mine: Client, cloud: Cloud) -> None:
    for _ in range(LIMIT):
        _add(mine)
    with cloud.unchanged():
        for is_default in (False, True):
            reply = mine.post("/me/addresses", json={**HANGZHOU, "is_default": is_default})
            assert (reply.status, reply.code) == (409, "address_limit_reached")
            assert "20" in reply.json["message"]
    last = mine.get("/me/addresses").ok()["items"][-1]
    mine.delete(f"/me/addresses/{last['id']}")
    _add(mine)


def test_two_at_once_at_the_limit(http: Client, partners: Partners, cloud: Cloud) -> None:
    mine = http.as_(log_in(http, partners)["token"])
    for _ in range(LIMIT - 2):
        _add(mine)
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: mine.post("/me/addresses", json={**HANGZHOU, "is_default": True}), range(6)))
    assert {reply.status for reply in replies} <= {201, 409}
    made = [reply for reply in replies if reply.status == 201]
    assert 1 <= len(made) <= 2
    assert len(cloud.items("addresses")) == LIMIT - 2 + len(made)
    assert cloud.items("members")[0]["address_count"] == {"N": str(LIMIT - 2 + len(made))}
    assert len(_defaults(mine)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 33},
        {"phone": "12345"},
        {"phone": "23800138000"},
        {"phone": "138001380001"},
        {"phone": "+86 138"},
        {"district_code": "330199"},
        {"district_code": "330100"},
        {"district_code": "330000"},
        {"district_code": "330104"},
        {"district_code": "３３０１０６"},
        {"detail": ""},
        {"detail": "a\nb"},
        {"detail": "x" * 201},
        {"province": "浙江省"},
    ],
)
def test_an_address_that_can_not_be_is_refused(mine: Client, cloud: Cloud, change: dict[str, Any]) -> None:
    added = _add(mine)
    with cloud.unchanged():
        assert mine.post("/me/addresses", json={**HANGZHOU, **change}).code == "invalid"
        assert mine.put(f"/me/addresses/{added['id']}", json={**HANGZHOU, **change}).code == "invalid"


@pytest.mark.parametrize("phone", ["13800138000", "0571-88888888", "01088888888", "021-88888888-801", "+85266123456"])
def test_numbers_that_a_courier_can_call(mine: Client, phone: str) -> None:
    assert _add(mine, phone=phone)["phone"] == phone


# ---- regions


def test_regions_step_by_step_and_all_at_once(http: Client) -> None:
    provinces = http.get("/regions")
    assert "max-age=86400" in provinces.headers["cache-control"]
    assert len(provinces.ok()["items"]) == 34
    cities = {each["code"]: each for each in http.get("/regions", query={"parent": "440000"}).ok()["items"]}
    assert cities["441900"] == {"code": "441900", "name": "东莞市", "leaf": True}
    assert cities["440300"]["leaf"] is False
    counties = http.get("/regions", query={"parent": "440300"}).ok()["items"]
    assert all(each["leaf"] for each in counties)
    assert http.get("/regions", query={"parent": "440305"}).ok()["items"] == []
    assert http.get("/regions", query={"parent": "999999"}).status == 404
    assert http.get("/regions", query={"parent": "44"}).status == 422
    assert len(http.get("/regions/all").ok()["names"]) == 3225


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("330106", ("浙江省", "杭州市", "西湖区")),
        ("110105", ("北京市", "北京市", "朝阳区")),
        ("429004", ("湖北省", "省直辖县级行政区划", "仙桃市")),
        ("620200", ("甘肃省", "嘉峪关市", "")),
        ("810000", ("香港特别行政区", "", "")),
        ("653228", ("新疆维吾尔自治区", "和田地区", "和康县")),
    ],
)
def test_names_of_places(code: str, names: tuple[str, str, str]) -> None:
    found = place(code)
    assert (found.province, found.city, found.district) == names


def test_a_place_inside_is_wanted() -> None:
    for code in ("330100", "330000", "000000", "abc"):
        with pytest.raises(Invalid):
            place(code)


def test_the_table_is_whole() -> None:
    known = regions.names()
    for code, name in known.items():
        assert re.fullmatch(r"[1-9]\d{5}", code)
        assert name
        assert regions.parent_of(code) in known or code.endswith("0000")


def test_the_converter_refuses_a_broken_table(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    file = tmp_path / "data" / "data.json"
    good = [{"code": "330000", "name": "浙江省"}, {"code": "330100", "name": "杭州市"}]
    file.write_text(json.dumps(good), encoding="utf-8")
    assert convert(tmp_path) == {"330000": "浙江省", "330100": "杭州市"}
    for bad in (good[:1] * 2, good[1:], [*good, {"code": "33010x", "name": "?"}]):
        file.write_text(json.dumps(bad), encoding="utf-8")
        with pytest.raises(SystemExit):
            convert(tmp_path)
