"""WeChat pushes to the mall: true ones are heard once, others leave nothing behind."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chalicelib.core import clock, inbox
from chalicelib.core.errors import TooBusy
from chalicelib.core.inbox import InboxItem
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction
from chalicelib.mall.pushes import service
from chalicelib.mall.pushes.schemas import Push
from infra.local.partners import Partners
from infra.local.partners.exchange import Refused
from infra.local.partners.faults import PUSH_FAULTS
from tests.harness import Client, Cloud, MovableClock, Reply

HOOK = "/hooks/wechat"
OPENID = "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
EVENT = {"MsgType": "event", "Event": "something_happened", "what": "a thing"}


class Hearer:
    """A feature that hears; what it writes is an item named for what it heard."""

    def __init__(self) -> None:
        self.pushes: list[Push] = []
        self.refusal: Exception | None = None

    def __call__(self, push: Push, tx: Transaction) -> None:
        if self.refusal:
            raise self.refusal
        self.pushes.append(push)
        tx.put(InboxItem(id=f"written-{len(self.pushes)}", expires_at=1))


@pytest.fixture
def hearer(_app: Any, monkeypatch: pytest.MonkeyPatch) -> Hearer:
    made = Hearer()
    monkeypatch.setattr(service, "handlers", {"something_happened": made, "text": made})
    return made


@pytest.fixture
def push(partners: Partners, http: Client, hearer: Hearer) -> Callable[..., int]:
    """Something happens in WeChat's world, and the mall is told. Returns its last status."""

    def run(message: Mapping[str, Any] = EVENT, openid: str = OPENID) -> int:
        made = partners.wechat.pushes.write(message, openid)
        partners.wechat.pushes.deliver_due()
        attempts = partners.wechat.state.pushes.pushes[made].attempts
        return attempts[-1].status if attempts else 0

    return run


def written(cloud: Cloud) -> list[str]:
    return [row["id"]["S"] for row in cloud.items("inbox") if row["id"]["S"].startswith("written-")]


@pytest.mark.usefixtures("frozen")
class TestHeard:
    @pytest.mark.parametrize("form", ["json", "xml"])
    @pytest.mark.parametrize("mode", ["safe", "plain"])
    def test_in_every_mode_and_form(
        self,
        partners: Partners,
        push: Callable[..., int],
        hearer: Hearer,
        cloud: Cloud,
        monkeypatch: pytest.MonkeyPatch,
        mode: str,
        form: str,
    ) -> None:
        if mode == "plain":
            monkeypatch.delenv("SIYU_WECHAT_PUSH_AES_KEY")
            settings.cache_clear()
        partners.wechat.pushes.mode, partners.wechat.pushes.form = mode, form
        assert push() == 200
        (heard,) = hearer.pushes
        assert (heard.event, heard.openid) == ("something_happened", OPENID)
        assert heard.at == clock.now().replace(microsecond=0)
        assert heard.document["what"] == "a thing"
        assert written(cloud) == ["written-1"]

    def test_a_message_goes_by_its_type(self, partners: Partners, push: Callable[..., int], hearer: Hearer) -> None:
        assert push({"MsgType": "text", "Content": "在吗", "MsgId": 7}) == 200
        assert (hearer.pushes[0].event, hearer.pushes[0].document["Content"]) == ("text", "在吗")

    def test_what_nobody_hears_is_answered_and_leaves_nothing(self, push: Callable[..., int], cloud: Cloud) -> None:
        with cloud.unchanged():
            assert push({"MsgType": "event", "Event": "of_no_concern"}) == 200

    def test_doubled_and_replayed_it_is_heard_once(
        self, partners: Partners, push: Callable[..., int], hearer: Hearer, cloud: Cloud
    ) -> None:
        partners.faults.push("doubled")
        assert push() == 200
        with cloud.unchanged():
            assert partners.wechat.pushes.replay("PU000001") == 200
        assert written(cloud) == ["written-1"]

    def test_a_message_is_known_by_its_number(
        self, push: Callable[..., int], cloud: Cloud, frozen: MovableClock
    ) -> None:
        push({"MsgType": "text", "Content": "在吗", "MsgId": 7})
        frozen.move(seconds=3)
        push({"MsgType": "text", "Content": "在吗", "MsgId": 7})
        assert written(cloud) == ["written-1"]
        push({"MsgType": "text", "Content": "在吗", "MsgId": 8})
        assert len(written(cloud)) == 2

    def test_two_events_of_one_second_are_two(self, push: Callable[..., int], cloud: Cloud) -> None:
        push({**EVENT, "what": "one"})
        push({**EVENT, "what": "another"})
        assert len(written(cloud)) == 2

    def test_the_memory_of_it_ends(self, push: Callable[..., int], cloud: Cloud) -> None:
        push()
        (row,) = [each for each in cloud.items("inbox") if each["id"]["S"].startswith("wechat-push/")]
        assert int(row["expires_at"]["N"]) == int((clock.now() + inbox.KEEP).timestamp())

    def test_what_a_feature_refuses_is_repeated_until_it_is_heard(
        self, partners: Partners, push: Callable[..., int], hearer: Hearer, cloud: Cloud, frozen: MovableClock
    ) -> None:
        hearer.refusal = TooBusy()
        partners.wechat.pushes.repeat_scale = 1.0
        try:
            with cloud.unchanged():
                assert push() == 409
            hearer.refusal = None
            frozen.move(seconds=5)
            assert partners.wechat.pushes.deliver_due() == 1
        finally:
            partners.wechat.pushes.repeat_scale = 0.0
        assert [each.status for each in partners.wechat.state.pushes.pushes["PU000001"].attempts] == [409, 200]
        assert written(cloud) == ["written-1"]


@pytest.mark.usefixtures("frozen")
class TestRefused:
    @pytest.mark.parametrize("fault", [each for each in PUSH_FAULTS if each not in ("lost", "doubled", "delayed")])
    @pytest.mark.parametrize("form", ["json", "xml"])
    def test_what_is_not_truly_for_us(
        self, partners: Partners, push: Callable[..., int], hearer: Hearer, cloud: Cloud, fault: str, form: str
    ) -> None:
        partners.wechat.pushes.form = form
        partners.faults.push(fault)
        with cloud.unchanged():
            status = push()
        assert status == {"wrong_app": 403, "bad_padding": 400}.get(fault, 401)
        assert hearer.pushes == []

    def test_a_replay_after_five_minutes(
        self, partners: Partners, push: Callable[..., int], cloud: Cloud, frozen: MovableClock
    ) -> None:
        push()
        frozen.move(seconds=301)
        with cloud.unchanged():
            assert partners.wechat.pushes.replay("PU000001") == 401

    def test_a_plain_push_where_encrypted_ones_are_expected(
        self, partners: Partners, push: Callable[..., int], hearer: Hearer, cloud: Cloud
    ) -> None:
        """Its signature is true, and proves nothing about the content."""
        partners.wechat.pushes.mode = "plain"
        with cloud.unchanged():
            assert push() == 400
        assert hearer.pushes == []

    def test_without_a_token_there_is_no_hook(
        self, push: Callable[..., int], http: Client, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SIYU_WECHAT_PUSH_TOKEN")
        settings.cache_clear()
        with cloud.unchanged():
            assert push() == 404
            assert http.get(HOOK).code == "pushes_off"

    def test_a_signed_push_without_sender_time_or_kind(self, push: Callable[..., int], cloud: Cloud) -> None:
        bad: list[dict[str, Any]] = [
            {"CreateTime": ""},
            {"CreateTime": "soon"},
            {"CreateTime": -1},
            {"CreateTime": 10**20},
            {"CreateTime": 1.5},
            {"FromUserName": ""},
            {"FromUserName": 5},
            {"FromUserName": "o" * 200},
            {"MsgType": {}},
            {"Event": []},
            {"Event": "e" * 200},
        ]
        with cloud.unchanged():
            assert [push({**EVENT, **each}) for each in bad] == [400] * len(bad)

    def test_a_body_longer_than_any_push(self, http: Client, cloud: Cloud) -> None:
        with cloud.unchanged():
            assert http.post(HOOK, body=b"{" + b" " * 70_000 + b"}").code == "push_too_large"

    @given(
        body=st.binary(max_size=120),
        query=st.dictionaries(
            st.sampled_from(["timestamp", "nonce", "signature", "msg_signature", "echostr"]), st.text(max_size=12)
        ),
    )
    @hypothesis_settings(max_examples=40)
    def test_nonsense_is_never_a_500(self, http: Client, body: bytes, query: dict[str, str]) -> None:
        assert http.get(HOOK, query=query).status == 401
        assert http.post(HOOK, body=body, query=query).status in (400, 401)


class TestTheAddress:
    def test_it_proves_itself_to_the_console(self, http: Client, partners: Partners, frozen: MovableClock) -> None:
        pushes = partners.wechat.pushes
        pushes.get = lambda url: _answer(http.get(url.removeprefix("https://mall.test")))
        pushes.enter("https://mall.test/hooks/wechat", "safe", "xml")
        assert (pushes.url, pushes.form) == ("https://mall.test/hooks/wechat", "xml")

    def test_a_stranger_does_not(self, http: Client, partners: Partners, frozen: MovableClock) -> None:
        pushes = partners.wechat.pushes
        pushes.get = lambda url: (200, b"hello")
        with pytest.raises(Refused, match="URL_NOT_PROVEN"):
            pushes.enter("https://elsewhere.test/")
        assert pushes.url == "https://mall.test/hooks/wechat"

    def test_it_echoes_only_what_is_signed_and_fresh(self, http: Client, frozen: MovableClock) -> None:
        assert echo(http, frozen, "4375120948345356249").text == "4375120948345356249"
        assert echo(http, frozen, "1").headers["content-type"].startswith("text/plain")
        assert echo(http, frozen, "1", token="another").status == 401
        assert echo(http, frozen, "1", age=301).status == 401
        assert echo(http, frozen, "").status == 400
        assert echo(http, frozen, "x" * 129).status == 400


def echo(http: Client, frozen: MovableClock, text: str, *, token: str | None = None, age: int = 0) -> Reply:
    timestamp, nonce = str(int(frozen.at.timestamp()) - age), "123"
    parts = sorted([token or str(settings().wechat_push_token), timestamp, nonce])
    signature = hashlib.sha1("".join(parts).encode()).hexdigest()
    query = {"timestamp": timestamp, "nonce": nonce, "signature": signature, "echostr": text}
    return http.get(f"{HOOK}?{urlencode(query)}")


def _answer(reply: Reply) -> tuple[int, bytes]:
    return reply.status, reply.body


class TestReplies:
    @pytest.mark.parametrize("form", ["json", "xml"])
    def test_a_feature_may_answer_and_so_again_when_asked_again(
        self,
        partners: Partners,
        push: Callable[..., int],
        frozen: MovableClock,
        monkeypatch: pytest.MonkeyPatch,
        form: str,
    ) -> None:
        def transfer(heard: Push) -> Mapping[str, Any]:
            at = int(heard.at.timestamp())
            return {"ToUserName": heard.openid, "CreateTime": at, "MsgType": "transfer_customer_service"}

        monkeypatch.setattr(service, "replies", {"text": transfer})
        partners.wechat.pushes.form = form
        partners.faults.push("doubled")
        assert push({"MsgType": "text", "Content": "人工", "MsgId": 1}) == 200
        (sent,) = partners.wechat.state.pushes.pushes.values()
        assert [each.status for each in sent.attempts] == [200, 200]
        assert sent.state == "delivered"
        assert "transfer_customer_service" in sent.reply
        assert OPENID in sent.reply
        if form == "json":
            assert json.loads(sent.reply)["MsgType"] == "transfer_customer_service"
