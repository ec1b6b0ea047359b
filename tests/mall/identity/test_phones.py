"""One number, one member."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chalicelib.mall.identity.members.models import IdentityKey, Member, phone_key
from infra.local.partners import Partners
from tests.harness import Client, Cloud, MovableClock
from tests.mall.identity.factories import bind_phone, log_in, owner

NUMBER, OTHER = "13800138000", "13900139000"


def _holder(number: str) -> str | None:
    found = IdentityKey.find(phone_key("86", number), consistent=True)
    return found.member_id if found else None


def test_a_number_is_bound_and_bound_again(http: Client, partners: Partners, cloud: Cloud) -> None:
    session = log_in(http, partners)
    bound = bind_phone(http, partners, session["token"]).ok()
    assert (bound["phone"], bound["phone_country"]) == (NUMBER, "86")
    assert _holder(NUMBER) == session["member"]["id"]
    with cloud.unchanged():
        bind_phone(http, partners, session["token"]).ok()


def test_binding_another_number_frees_the_old_one(http: Client, partners: Partners, cloud: Cloud) -> None:
    first, second = log_in(http, partners), log_in(http, partners)
    bind_phone(http, partners, first["token"], NUMBER).ok()
    assert bind_phone(http, partners, first["token"], OTHER).ok()["phone"] == OTHER
    assert _holder(NUMBER) is None
    assert bind_phone(http, partners, second["token"], NUMBER).ok()["phone"] == NUMBER
    keys = {each["key"]["S"] for each in cloud.items("identity_keys")}
    listed = {key for each in cloud.items("members") for key in each["identity_keys"]["SS"]}
    assert keys == listed


def test_a_number_of_a_member_with_a_login_is_refused(http: Client, partners: Partners, cloud: Cloud) -> None:
    first, second = log_in(http, partners), log_in(http, partners)
    bind_phone(http, partners, first["token"]).ok()
    bind_phone(http, partners, second["token"], OTHER).ok()
    with cloud.unchanged():
        reply = bind_phone(http, partners, second["token"])
    assert (reply.status, reply.code) == (409, "phone_taken")
    assert http.as_(second["token"]).get("/me").ok()["phone"] == OTHER


def test_a_shell_goes_into_the_member_who_binds_its_number(
    http: Client, partners: Partners, cloud: Cloud, frozen: MovableClock
) -> None:
    staff = http.as_(owner())
    shell = staff.post("/admin/members", json={"phone": NUMBER, "nickname": "李阿姨", "gender": "female"}).ok()
    session = log_in(http, partners)
    http.as_(session["token"]).patch("/me", json={"nickname": "Lily"}).ok()
    bind_phone(http, partners, session["token"], OTHER).ok()

    merged = bind_phone(http, partners, session["token"]).ok()

    assert (merged["phone"], merged["nickname"], merged["gender"]) == (NUMBER, "Lily", "female")
    assert _holder(NUMBER) == session["member"]["id"]
    assert _holder(OTHER) is None
    gone = Member.find(shell["id"])
    assert gone is not None
    assert (gone.status, gone.merged_into) == ("merged", session["member"]["id"])
    assert (gone.phone, gone.nickname, gone.identity_keys) == (None, None, None)
    found = staff.get("/admin/members", query={"phone": NUMBER}).ok()["items"]
    assert [each["id"] for each in found] == [session["member"]["id"]]


def test_a_shell_of_a_known_number_is_refused(http: Client, partners: Partners, cloud: Cloud) -> None:
    staff = http.as_(owner())
    staff.post("/admin/members", json={"phone": NUMBER}).ok()
    bind_phone(http, partners, log_in(http, partners)["token"], OTHER).ok()
    with cloud.unchanged():
        assert staff.post("/admin/members", json={"phone": NUMBER}).code == "phone_taken"
        assert staff.post("/admin/members", json={"phone": OTHER}).code == "phone_taken"


def test_of_two_who_bind_one_number_at_once_one_gets_it(http: Client, partners: Partners, cloud: Cloud) -> None:
    tokens = [log_in(http, partners)["token"] for _ in range(6)]
    codes = [partners.wechat.new_phone_code(NUMBER) for _ in tokens]
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda t, c: http.as_(t).post("/me/phone", json={"code": c}), tokens, codes))
    assert sorted(reply.status for reply in replies) == [200, 409, 409, 409, 409, 409]
    assert {reply.code for reply in replies if reply.status == 409} == {"phone_taken"}
    assert sum("phone" in each for each in cloud.items("members")) == 1


def test_one_member_who_binds_two_numbers_at_once_keeps_one(http: Client, partners: Partners, cloud: Cloud) -> None:
    token = log_in(http, partners)["token"]

    def run(number: str) -> Any:
        return bind_phone(http, partners, token, number)

    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(run, [NUMBER, OTHER, "13700137000", "13600136000"]))
    assert {reply.status for reply in replies} <= {200, 409}
    (member,) = cloud.items("members")
    keys = {each["key"]["S"] for each in cloud.items("identity_keys")}
    assert keys == set(member["identity_keys"]["SS"])
    assert phone_key("86", member["phone"]["S"]) in keys
    assert len(keys) == 2


def test_a_code_that_wechat_refuses_binds_nothing(http: Client, partners: Partners, cloud: Cloud) -> None:
    token = log_in(http, partners)["token"]
    bind_phone(http, partners, token, OTHER).ok()  # the access token is fetched now
    with cloud.unchanged():
        reply = http.as_(token).post("/me/phone", json={"code": "never-issued"})
        assert (reply.status, reply.code) == (422, "invalid_phone_code")
        partners.faults.api("getuserphonenumber", "500", times=3)
        assert bind_phone(http, partners, token).status == 503
        assert http.post("/me/phone", json={"code": "x"}).status == 401
