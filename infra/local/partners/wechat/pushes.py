"""Message push: what happens in WeChat's world is posted to the mall, signed, encrypted, in JSON or XML."""

from __future__ import annotations

import base64
import json
import re
import secrets
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha1
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from infra.local.partners.exchange import Refused
from infra.local.partners.faults import Faults
from infra.local.partners.keys import Credentials
from infra.local.partners.post import Letter, Post, PostOffice, post_over_http

MODES, FORMS = ("safe", "plain"), ("json", "xml")
_STALE = timedelta(minutes=10)
_OTHERS_TOKEN = "somebodyElsesToken"


@dataclass(kw_only=True)
class Push(Letter):
    """A message on its way. ``message`` is what it says, before it is written in the form of the console."""

    event: str
    openid: str
    message: dict[str, Any]
    reply: str = ""  # what the mall answered, decrypted, if it was more than "success"
    last: tuple[str, dict[str, str], str] | None = None  # the last try's address, headers and body


@dataclass
class PushState:
    pushes: dict[str, Push] = field(default_factory=dict)
    unsent: list[str] = field(default_factory=list)
    counter: int = 0


class Pushes(PostOffice[Push]):
    """The post office, and the page of WeChat's console where the address, the mode and the form are entered."""

    name = "wechat-pushes"
    pauses = (timedelta(seconds=5),) * 3

    def __init__(
        self,
        keys: Credentials,
        now: Callable[[], datetime],
        state: Callable[[], PushState],
        faults: Faults,
        lock: threading.RLock,
        *,
        repeat_scale: float = 0.0,
        automatic: bool = True,
    ) -> None:
        super().__init__(
            now, lock, lambda: state().pushes, lambda: state().unsent, repeat_scale=repeat_scale, automatic=automatic
        )
        self._keys, self._state, self._faults = keys, state, faults
        self.url, self.mode, self.form = "", "safe", "json"
        self.post: Post = post_over_http
        self.get: Callable[[str], tuple[int, bytes]] = lambda url: post_over_http(url, {}, b"", "GET")

    # ---- the console

    def enter(self, url: str, mode: str = "safe", form: str = "json") -> None:
        """The owner enters an address: WeChat asks it to prove itself, and takes it if it echoes.

        :raises Refused: it does not, or there is no such mode or form.
        """
        if mode not in MODES or form not in FORMS:
            raise Refused("INVALID_CONSOLE", f"{', '.join(MODES)}; {', '.join(FORMS)}")
        echo, query = str(secrets.randbelow(10**18)), self._signed(self._now(), self._keys.push_token)
        status, body = self.get(f"{url}?{urlencode(query | {'echostr': echo})}")
        if status != 200 or body.decode("utf-8", "replace") != echo:
            raise Refused("URL_NOT_PROVEN", "Token校验失败，请检查确认")
        self.url, self.mode, self.form = url, mode, form

    # ---- writing

    def write(self, message: Mapping[str, Any], openid: str) -> str:
        """Something happens that the mall is told of. Returns the push's id; empty while no address is entered.

        :param message: its own part: ``MsgType``, ``Event`` and what belongs to it. :param openid: who it is about.
        """
        if not self.url:
            return ""
        fault = self._faults.take("push")
        with self._lock:
            state, now = self._state(), self._now()
            state.counter += 1
            head = {"ToUserName": self._keys.original_id, "FromUserName": openid, "CreateTime": int(now.timestamp())}
            push = Push(
                id=f"PU{state.counter:06d}",
                url=self.url,
                due_at=now,
                event=message.get("Event") or message["MsgType"],
                openid=openid,
                message={**head, **message},
            )
            return self.put(push, fault)

    def say(self, openid: str, text: str) -> str:
        """A person writes to the shop's customer service."""
        return self.write({"MsgType": "text", "Content": text, "MsgId": secrets.randbelow(10**17)}, openid)

    # ---- sending

    def send(self, letter: Push) -> tuple[int, bool]:
        url, body = self._letter(letter)
        kind = "text/xml" if self.form == "xml" else "application/json"
        letter.last = (url, {"Content-Type": kind, "User-Agent": "Mozilla/4.0"}, body)
        status, answer = self.post(url, letter.last[1], body.encode())
        return status, status == 200 and self._understood(letter, answer.decode("utf-8", "replace"))

    def replay(self, push_id: str) -> int:
        """Post the very bytes of the last try, as a thief of the traffic would. Returns the status."""
        push = self._state().pushes.get(push_id)
        if push is None or push.last is None:
            raise Refused("PUSH_NOT_SENT", "没有可重放的推送")
        url, headers, body = push.last
        return self.post(url, headers, body.encode())[0]

    def _letter(self, push: Push) -> tuple[str, str]:
        at = self._now() - (_STALE if push.fault == "stale" else timedelta())
        token = _OTHERS_TOKEN if push.fault == "forged" else self._keys.push_token
        query = self._signed(at, token) | {"openid": push.openid}
        body = _written(push.message, self.form)
        if self.mode == "safe":
            owner = "wx0000000000000000" if push.fault == "wrong_app" else self._keys.app_id
            sealed = seal(self._keys.push_aes_key, body, owner, spoiled=push.fault == "bad_padding")
            signature = sign(token, query["timestamp"], query["nonce"], sealed)
            query |= {"encrypt_type": "aes", "msg_signature": signature}
            body = _written({"ToUserName": self._keys.original_id, "Encrypt": sealed}, self.form)
        if push.fault == "unsigned":
            query = {name: value for name, value in query.items() if "signature" not in name}
        return f"{push.url}?{urlencode(query)}", body

    def _signed(self, at: datetime, token: str) -> dict[str, str]:
        timestamp, nonce = str(int(at.timestamp())), str(secrets.randbelow(10**9))
        return {"signature": sign(token, timestamp, nonce), "timestamp": timestamp, "nonce": nonce}

    def _understood(self, push: Push, answer: str) -> bool:
        if answer in ("", "success"):
            return True
        fields = _fields(answer, self.form)
        if self.mode == "plain":
            push.reply = answer
            return "MsgType" in fields
        parts = [str(fields.get(name, "")) for name in ("TimeStamp", "Nonce", "Encrypt")]
        if fields.get("MsgSignature") != sign(self._keys.push_token, *parts):
            return False
        push.reply = unseal(self._keys.push_aes_key, parts[2], self._keys.app_id)
        return True


def sign(*parts: str) -> str:
    return sha1("".join(sorted(parts)).encode()).hexdigest()


def seal(aes_key: str, message: str, owner: str, *, spoiled: bool = False) -> str:
    """*spoiled*: the last byte, which says how much padding there is, says nonsense."""
    text = message.encode()
    plain = secrets.token_hex(8).encode() + struct.pack(">I", len(text)) + text + owner.encode()
    pad = 32 - len(plain) % 32
    plain += bytes([pad]) * (pad - 1) + bytes([77 if spoiled else pad])
    encryptor = _cipher(aes_key).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def unseal(aes_key: str, sealed: str, owner: str) -> str:
    """:raises ValueError: not sealed for *owner*."""
    decryptor = _cipher(aes_key).decryptor()
    plain = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
    plain = plain[: -plain[-1]]
    (length,) = struct.unpack(">I", plain[16:20])
    if plain[20 + length :].decode() != owner:
        raise ValueError("another owner")
    return plain[20 : 20 + length].decode()


def _cipher(aes_key: str) -> Cipher[modes.CBC]:
    key = base64.b64decode(aes_key + "=")
    return Cipher(algorithms.AES(key), modes.CBC(key[:16]))


def _written(message: Mapping[str, Any], form: str) -> str:
    if form == "json":
        # The quirk of the real one: a list of one is no list.
        flat = {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in message.items()}
        return json.dumps(flat, ensure_ascii=False)
    return f"<xml>{''.join(_element(name, value, message) for name, value in message.items())}</xml>"


def _element(name: str, value: Any, message: Mapping[str, Any]) -> str:
    if isinstance(value, list):
        wrapper = "".join(part.capitalize() for part in str(message.get("Event", "")).split("_"))
        return f"<{wrapper}>{''.join(_element(name, each, message) for each in value)}</{wrapper}>"
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(k, v, message) for k, v in value.items())}</{name}>"
    return f"<{name}>{value}</{name}>" if isinstance(value, int) else f"<{name}><![CDATA[{value}]]></{name}>"


def _fields(answer: str, form: str) -> dict[str, Any]:
    if form == "xml":
        return {m[1]: m[2] or m[3] for m in re.finditer(r"<(\w+)>(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))</\1>", answer)}
    try:
        document = json.loads(answer)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
