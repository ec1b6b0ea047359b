"""Known answers of WeChat's and WeCom's own pages: signature, decryption, encryption."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.settings import settings
from chalicelib.gateways.wechat import documents, pushes, sealing
from chalicelib.gateways.wechat.documents import Form
from chalicelib.gateways.wechat.errors import ForeignPush, ForgedPush, StalePush
from infra.local.partners.wechat import pushes as played

TOKEN, AES_KEY, APP = "AAAAA", "A" * 43, "wxba5fad812f8e6fb9"
SAFE = {
    "timestamp": "1714112445",
    "nonce": "415670741",
    "signature": "6c5c811b55cc85e0e1b54100749188c20beb3f5d",
    "msg_signature": "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3",
}
ENCRYPT = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT"
    "740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8Y"
    "L/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
)
MESSAGE = (
    '{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,'
    '"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}'
)


@pytest.fixture
def vector_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIYU_WECHAT_PUSH_TOKEN", TOKEN)
    monkeypatch.setenv("SIYU_WECHAT_PUSH_AES_KEY", AES_KEY)
    monkeypatch.setenv("SIYU_WECHAT_APP_ID", APP)
    settings.cache_clear()


def at(timestamp: str) -> datetime:
    return datetime.fromtimestamp(int(timestamp), UTC)


def body(encrypt: str = ENCRYPT) -> bytes:
    return json.dumps({"ToUserName": "gh_97417a04a28d", "Encrypt": encrypt}).encode()


@pytest.mark.usefixtures("vector_settings")
def test_url_check() -> None:
    query = {
        "signature": "f464b24fc39322e44b38aa78f5edd27bd1441696",
        "timestamp": "1714036504",
        "nonce": "1514711492",
        "echostr": "4375120948345356249",
    }
    assert pushes.check_url(query, at("1714036504")) == "4375120948345356249"


def test_plain_post(monkeypatch: pytest.MonkeyPatch, vector_settings: None) -> None:
    monkeypatch.delenv("SIYU_WECHAT_PUSH_AES_KEY")
    settings.cache_clear()
    query = {
        "signature": "899cf89e464efb63f54ddac96b0a0a235f53aa78",
        "timestamp": "1714037059",
        "nonce": "486452656",
    }
    letter = pushes.open_push(query, MESSAGE.encode(), at("1714037059"))
    assert (letter.document, letter.form, letter.sealed) == (json.loads(MESSAGE), Form.JSON, False)


@pytest.mark.usefixtures("vector_settings")
def test_safe_post() -> None:
    message, owner = sealing.decrypt(AES_KEY, ENCRYPT)
    assert (message.decode(), owner, len(message)) == (MESSAGE, APP, 167)
    letter = pushes.open_push(SAFE, body(), at("1714112445"))
    assert (letter.document["debug_str"], letter.sealed) == ("hello world", True)
    assert sealing.encrypt(AES_KEY, MESSAGE.encode(), APP, b"a8eedb185eb2fecf") == ENCRYPT


@pytest.mark.usefixtures("vector_settings")
def test_the_other_signature_proves_nothing_about_the_content() -> None:
    """``signature`` is true on a safe post too, and does not cover what is encrypted."""
    assert sealing.signed(SAFE["signature"], TOKEN, SAFE["timestamp"], SAFE["nonce"])
    with pytest.raises(ForgedPush):
        pushes.open_push({**SAFE, "msg_signature": SAFE["signature"]}, body(), at("1714112445"))
    with pytest.raises(ForgedPush):
        pushes.open_push(SAFE, body(ENCRYPT[:-4] + "AAA="), at("1714112445"))


@pytest.mark.usefixtures("vector_settings")
def test_a_reply() -> None:
    envelope = pushes.seal('{"demo_resp":"good luck"}', b"707722b803182950", "1713424427", "415670741")
    assert envelope == {
        "Encrypt": "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==",
        "MsgSignature": "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1",
        "TimeStamp": 1713424427,
        "Nonce": "415670741",
    }


def test_wecom_uses_the_same_with_its_own_id() -> None:
    echo = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
    assert sealing.signed("5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3", "QDG6eK", "1409659589", "263014780", echo)
    message, owner = sealing.decrypt("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", echo)
    assert (message, owner) == (b"1616140317555161061", "wx5823bf96d3bd56c7")


@pytest.mark.usefixtures("vector_settings")
def test_old_and_foreign_pushes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for moment in ("1714112145", "1714112745"):
        pushes.open_push(SAFE, body(), at(moment))
    for moment in ("1714112144", "1714112746"):
        with pytest.raises(StalePush):
            pushes.open_push(SAFE, body(), at(moment))
    monkeypatch.setenv("SIYU_WECHAT_APP_ID", "wx0000000000000000")
    settings.cache_clear()
    with pytest.raises(ForeignPush):
        pushes.open_push(SAFE, body(), at("1714112445"))


@given(st.binary(max_size=300), st.text(alphabet="abcxyz0", max_size=20), st.binary(min_size=16, max_size=16))
def test_whatever_is_sealed_opens_again(message: bytes, owner: str, random: bytes) -> None:
    sealed = sealing.encrypt(AES_KEY, message, owner, random)
    assert sealing.decrypt(AES_KEY, sealed) == (message, owner)
    assert len(base64.b64decode(sealed)) % 32 == 0


@given(st.binary(max_size=200))
def test_what_was_never_sealed_does_not_open_or_is_harmless(raw: bytes) -> None:
    for sealed in (raw.decode("latin-1"), base64.b64encode(raw).decode()):
        try:
            message, owner = sealing.decrypt(AES_KEY, sealed)
        except ValueError:
            continue
        assert len(message) + len(owner) <= len(raw)


@pytest.mark.parametrize("pad", [0, 33, 77, 255])
def test_the_padding_is_believed_from_1_to_32(pad: int) -> None:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = base64.b64decode(AES_KEY + "=")
    plain = bytes(16) + (2).to_bytes(4, "big") + b"{}" + b"wx"
    plain += bytes([pad]) * (-len(plain) % 32)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    sealed = base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()
    with pytest.raises(ValueError, match="padding"):
        sealing.decrypt(AES_KEY, sealed)


def test_the_stand_in_seals_the_same_way() -> None:
    """Two hands wrote it, from one page."""
    sealed = played.seal(AES_KEY, MESSAGE, APP)
    assert sealing.decrypt(AES_KEY, sealed) == (MESSAGE.encode(), APP)
    assert played.unseal(AES_KEY, ENCRYPT, APP) == MESSAGE
    assert played.sign(TOKEN, "1714112445", "415670741", ENCRYPT) == SAFE["msg_signature"]


EVIL = [
    b'<!DOCTYPE x [<!ENTITY a "b">]><xml><A>&a;</A></xml>',
    b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><xml><A>&a;</A></xml>',
    b'<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd"><xml><A>1</A></xml>',
    b"<xml><A>&undeclared;</A></xml>",
    b"<xml>" + b"<a>" * 50 + b"</a>" * 50 + b"</xml>",
    b"<xml>" + b"<a/>" * 3000 + b"</xml>",
    b"<xml><A>1</A>",
    b"<other><A>1</A></other>",
    b"<xml>text</xml>",
    b"<xml><A>" + b"x" * 70_000 + b"</A></xml>",
    b"<",
    b"\xff\xfe",
]


@pytest.mark.parametrize("body", EVIL)
def test_xml_of_an_attacker_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        documents.read(body, Form.XML)


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"{", b"\xff", b'{"a":"\\ud800"}', b"[" * 50_000, b'{"a":' * 9000])
def test_json_that_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        documents.read(body, Form.JSON)


def test_xml_is_read_as_the_document_that_json_would_be() -> None:
    xml = (
        b"<xml>\n <Event><![CDATA[e & <b>]]></Event> <CreateTime>1</CreateTime><Empty/>"
        b"<Wrap><List><A>1</A></List><List><A>2</A></List></Wrap></xml>"
    )
    assert documents.read(xml, documents.form_of(xml)) == {
        "Event": "e & <b>",
        "CreateTime": "1",
        "Empty": "",
        "Wrap": {"List": [{"A": "1"}, {"A": "2"}]},
    }


@given(
    st.dictionaries(st.sampled_from(["A", "B", "C"]), st.text(st.characters(codec="utf-8", categories=["L", "P", "S"])))
)
def test_what_is_written_as_xml_reads_the_same(document: dict[str, str]) -> None:
    if document:
        assert documents.read(documents.write(document, Form.XML).encode(), Form.XML) == document
