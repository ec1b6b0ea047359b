"""How the staff get in, and how those who guess do not."""

from __future__ import annotations

import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.core.settings import settings
from chalicelib.mall.identity.staff.accounts import service as accounts
from chalicelib.mall.identity.staff.errors import OwnerExists
from chalicelib.mall.identity.staff.models import TEAM, Account, staff_id
from chalicelib.mall.identity.staff.passwords import service as passwords
from tests.harness import Client, Cloud, MovableClock, Reply
from tests.mall.identity.factories import PASSWORD, clerk, owner, token_of


def _try(http: Client, username: str = "boss", password: str = "wrong, I fear") -> Reply:
    return http.post("/admin/sessions", json={"username": username, "password": password})


def test_name_and_password_open_the_door(http: Client, cloud: Cloud, frozen: MovableClock) -> None:
    owner()
    session = _try(http, "Boss", PASSWORD)
    assert session.status == 201
    me = http.as_(session.json["token"]).get("/admin/me").ok()
    assert me == {"id": session.json["staff_id"], "name": "店主", "permissions": ["*"], "store_ids": []}
    assert cloud.items("login_attempts") == []
    account = Account.find(TEAM, staff_id("boss"))
    assert account is not None
    assert account.logged_in_at is not None
    assert account.password_hash.startswith("$argon2id$")
    (row,) = cloud.items("operations")
    assert row["path"] == {"S": "/admin/sessions"}
    assert PASSWORD not in str(row)
    frozen.move(hours=settings().staff_session_hours)
    assert http.as_(session.json["token"]).get("/admin/me").status == 401


def test_five_failures_lock_the_name_known_or_not(http: Client, cloud: Cloud, frozen: MovableClock) -> None:
    owner()
    for name in ("boss", "nobody"):
        for _ in range(5):
            refused = _try(http, name)
            assert (refused.status, refused.code) == (401, "wrong_credentials")
        with cloud.unchanged():
            locked = _try(http, name, PASSWORD)
            assert (locked.status, locked.code) == (429, "login_locked")
    frozen.move(minutes=14)
    assert _try(http, "boss", PASSWORD).status == 429
    frozen.move(minutes=2)
    assert _try(http, "boss", PASSWORD).status == 201
    assert _try(http, "nobody").status == 401


def test_a_known_and_an_unknown_name_get_the_same_answer(http: Client, cloud: Cloud, frozen: MovableClock) -> None:
    owner()
    closed = clerk("staff.read", username="closed")
    account = Account.find(TEAM, staff_id("closed"))
    assert account is not None
    account.active = False
    account.save()
    assert http.as_(closed).get("/admin/me").status == 401
    answers = [_try(http, "boss"), _try(http, "nobody"), _try(http, "closed", PASSWORD)]
    bodies = [{**reply.json, "request_id": ""} for reply in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert {key for each in cloud.items("login_attempts") for key in each} == {"id", "failures", "expires_at"}


def test_a_known_name_takes_no_longer_than_an_unknown_one(http: Client, cloud: Cloud, frozen: MovableClock) -> None:
    owner()

    def seconds(name: str) -> float:
        started = time.perf_counter()
        assert _try(http, name).status == 401
        return time.perf_counter() - started

    _try(http, "warm-up")
    known, unknown = [], []
    for round_ in range(6):
        known.append(seconds("boss"))
        unknown.append(seconds("nobody"))
        if round_ % 3 == 2:
            frozen.move(minutes=16)
    # Both compare one hash: without that an unknown name would be many times faster.
    assert statistics.median(unknown) > statistics.median(known) / 2
    assert not passwords.is_outdated(passwords.DECOY)
    assert passwords.matches(None, PASSWORD) is False


def test_a_success_forgives_the_failures(http: Client, cloud: Cloud, frozen: MovableClock) -> None:
    owner()
    for _ in range(2):
        for _ in range(4):
            assert _try(http).status == 401
        assert _try(http, "boss", PASSWORD).status == 201


def test_twenty_guesses_at_once_get_five_answers(http: Client, cloud: Cloud) -> None:
    owner()
    with ThreadPoolExecutor(10) as pool:
        statuses = list(pool.map(lambda _: _try(http).status, range(20)))
    assert statuses.count(401) <= 5
    assert set(statuses) <= {401, 409, 429}
    assert int(cloud.items("login_attempts")[0]["failures"]["N"]) <= 5


def test_a_weaker_hash_is_renewed_at_login(http: Client, cloud: Cloud) -> None:
    from argon2 import PasswordHasher

    owner()
    account = Account.find(TEAM, staff_id("boss"))
    assert account is not None
    account.password_hash = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    account.save()
    assert _try(http, "boss", PASSWORD).status == 201
    renewed = Account.find(TEAM, staff_id("boss"))
    assert renewed is not None
    assert not passwords.is_outdated(renewed.password_hash)


def test_a_new_password_ends_the_old_tokens(http: Client, cloud: Cloud) -> None:
    before = owner()
    change = {"old_password": PASSWORD, "new_password": "a much better one"}
    reply = http.as_(before).put("/admin/me/password", json=change)
    assert http.as_(reply.ok()["token"]).get("/admin/me").status == 200
    assert http.as_(before).get("/admin/me").status == 401
    assert _try(http, "boss", PASSWORD).status == 401
    assert _try(http, "boss", "a much better one").status == 201
    rows = cloud.items("operations")
    assert [each["path"]["S"] for each in rows].count("/admin/me/password") == 1
    assert "better" not in str(rows)
    assert PASSWORD not in str(rows)


def test_the_old_password_is_wanted_and_guessing_it_is_limited(http: Client, cloud: Cloud) -> None:
    mine = http.as_(owner())
    wrong = {"old_password": "wrong, I fear", "new_password": "a much better one"}
    codes = [mine.put("/admin/me/password", json=wrong).code for _ in range(7)]
    assert codes == ["wrong_credentials"] * 5 + ["login_locked"] * 2
    with cloud.unchanged():
        assert mine.put("/admin/me/password", json={**wrong, "new_password": "short"}).status == 422
    assert cloud.items("operations") == []


def test_the_first_owner_is_made_once(cloud: Cloud) -> None:
    made = accounts.bootstrap_owner("boss", PASSWORD)
    with cloud.unchanged():
        assert accounts.bootstrap_owner("boss", "another password") == made
        with pytest.raises(OwnerExists):
            accounts.bootstrap_owner("thief", PASSWORD)
        for name, password in (("Boss!", PASSWORD), ("bo", PASSWORD), ("other", "short")):
            with pytest.raises(ValueError, match="Owner"):
                accounts.bootstrap_owner(name, password)
    assert token_of("boss")
