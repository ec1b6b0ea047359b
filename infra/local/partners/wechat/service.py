"""The whole of WeChat's server API as the mall uses it: token, login, phone number here, the other areas as parts."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from infra.local.partners.exchange import Reply, Request, json_reply
from infra.local.partners.faults import Fault, Faults
from infra.local.partners.keys import Credentials
from infra.local.partners.wechat.codes import Codes, CodesState
from infra.local.partners.wechat.content import Content, ContentState
from infra.local.partners.wechat.customer_service import CustomerService, CustomerState
from infra.local.partners.wechat.links import Links, LinksState
from infra.local.partners.wechat.messages import Messages, MessagesState
from infra.local.partners.wechat.pushes import Pushes, PushState
from infra.local.partners.wechat.shipping import ShippingManagement, ShippingState
from infra.local.partners.wechat.words import Errcode, Part, View, document, refusal

CODE_LIFETIME = timedelta(minutes=5)
TOKEN_LIFETIME = timedelta(hours=2)
RENEWAL_WINDOW = timedelta(minutes=5)
FORCED_APART = timedelta(seconds=30)
FORCED_A_DAY = 20
LOGINS_A_MINUTE = 100


@dataclass
class Code:
    """A one-use code of the login or of the phone button."""

    made_at: datetime
    subject: dict[str, Any]
    used: bool = False


@dataclass
class Token:
    """An access token."""

    value: str
    expires_at: datetime


@dataclass
class State:
    tokens: list[Token] = field(default_factory=list)  # newest last
    forced_at: list[datetime] = field(default_factory=list)
    login_codes: dict[str, Code] = field(default_factory=dict)
    phone_codes: dict[str, Code] = field(default_factory=dict)
    logins: dict[str, list[datetime]] = field(default_factory=dict)
    unionids: dict[str, str | None] = field(default_factory=dict)  # every openid of this app
    blocked: set[str] = field(default_factory=set)
    fetches: int = 0
    shipping: ShippingState = field(default_factory=ShippingState)
    links: LinksState = field(default_factory=LinksState)
    pushes: PushState = field(default_factory=PushState)
    codes: CodesState = field(default_factory=CodesState)
    content: ContentState = field(default_factory=ContentState)
    customers: CustomerState = field(default_factory=CustomerState)
    messages: MessagesState = field(default_factory=MessagesState)


class WeChat:
    """One mini-program's view of WeChat. Called under the world's lock."""

    def __init__(
        self,
        keys: Credentials,
        now: Callable[[], datetime],
        faults: Faults,
        lock: threading.RLock,
        *,
        repeat_scale: float = 0.0,
        automatic: bool = True,
    ) -> None:
        self.keys = keys
        self.now = now
        self.state = State()
        self.pushes = Pushes(
            keys, now, lambda: self.state.pushes, faults, lock, repeat_scale=repeat_scale, automatic=automatic
        )
        self.shipping = ShippingManagement(keys, now, lambda: self.state.shipping, self.check_token, self.pushes.write)
        self.links = Links(keys.app_id, now, lambda: self.state.links, self.check_token)
        self.codes = Codes(now, lambda: self.state.codes, lambda: self.state.links.pages, self.check_token)
        self.messages = Messages(
            keys,
            now,
            lambda: self.state.messages,
            self.check_token,
            lambda: self.state.links.pages,
            self.pushes.write,
        )
        self.content = Content(keys, now, lambda: self.state.content, self.check_token, self.pushes.write)
        self.customers = CustomerService(
            now, lambda: self.state.customers, self.check_token, self.pushes.say, self.pushes.write
        )
        parts: tuple[Part, ...] = (
            self,
            self.content,
            self.customers,
            self.links,
            self.messages,
            self.shipping,
            self.codes,
        )
        self._endpoints = {key: found for part in parts for key, found in part.endpoints.items()}

    @property
    def endpoints(self) -> Mapping[tuple[str, str], tuple[str, View]]:
        return {
            ("POST", "/cgi-bin/stable_token"): ("stable_token", self._stable_token),
            ("GET", "/sns/jscode2session"): ("jscode2session", self._jscode2session),
            ("POST", "/wxa/business/getuserphonenumber"): ("getuserphonenumber", self._getuserphonenumber),
        }

    # ---- what people do

    def new_login_code(self, openid: str | None = None, unionid: str | None = None) -> str:
        """A person opens the mini-program and ``wx.login`` gives a code. Without *openid*: a new person."""
        openid = openid or f"o{secrets.token_urlsafe(20)[:27]}"
        self.state.unionids[openid] = unionid or self.state.unionids.get(openid)
        code = f"0{secrets.token_urlsafe(24)}"
        self.state.login_codes[code] = Code(self.now(), {"openid": openid})
        return code

    def new_phone_code(self, number: str, country_code: str = "86") -> str:
        """A person presses the phone button and agrees to give *number*."""
        code = secrets.token_hex(32)
        self.state.phone_codes[code] = Code(self.now(), {"number": number, "country_code": country_code})
        return code

    def block(self, openid: str) -> None:
        """WeChat regards this person as a high risk from now on."""
        self.state.blocked.add(openid)

    def revoke_tokens(self) -> None:
        """All access tokens die now, as after a forced refresh or a change of the secret."""
        self.state.tokens.clear()

    @property
    def token_fetches(self) -> int:
        """How often ``stable_token`` was answered."""
        return self.state.fetches

    # ---- what the mall asks

    def endpoint(self, request: Request) -> str:
        return self._endpoints.get((request.method, request.path), ("", None))[0]

    def handle(self, request: Request) -> Reply:
        _, view = self._endpoints.get((request.method, request.path), ("", None))
        try:
            if view is None:
                raise (
                    Errcode(43002, "require POST method") if self._only_post(request) else Errcode(40066, "invalid url")
                )
            answer = view(request)
            return answer if isinstance(answer, Reply) else json_reply(answer)
        except Errcode as error:
            return refusal(error.code, error.message)

    def spoil(self, fault: Fault, reply: Reply | None) -> Reply:
        """*reply*, gone wrong. None when the call was not carried out."""
        if fault.kind == "busy":
            return refusal(-1, "system error")
        if fault.kind == "429":
            return refusal(45011, "api minute-quota reach limit  mustslower  retry next minute")
        return reply or Reply(500)

    def _only_post(self, request: Request) -> bool:
        return ("POST", request.path) in self._endpoints

    def _stable_token(self, request: Request) -> dict[str, Any]:
        body = document(request)
        if body.get("grant_type") != "client_credential":
            raise Errcode(40002, "invalid grant_type")
        self._check_app(body.get("appid"), body.get("secret"))
        force = body.get("force_refresh", False)
        if type(force) is not bool:
            raise Errcode(47001, "data format error")
        if force:
            self._check_forced()
            self.state.tokens.clear()
        now, tokens = self.now(), self.state.tokens
        # The same token for everybody, until five minutes before its end; then the old one works on.
        if not tokens or tokens[-1].expires_at - now <= RENEWAL_WINDOW:
            tokens.append(Token(f"90_{secrets.token_urlsafe(96)}", now + TOKEN_LIFETIME))
            del tokens[:-2]
        self.state.fetches += 1
        left = int((tokens[-1].expires_at - now).total_seconds())
        return {"access_token": tokens[-1].value, "expires_in": left}

    def _check_forced(self) -> None:
        now = self.now()
        today = [at for at in self.state.forced_at if now - at < timedelta(days=1)]
        if today and now - today[-1] < FORCED_APART:
            raise Errcode(45011, "api minute-quota reach limit  mustslower  retry next minute")
        if len(today) >= FORCED_A_DAY:
            raise Errcode(45009, "reach max api daily quota limit")
        self.state.forced_at = [*today, now]

    def _jscode2session(self, request: Request) -> dict[str, Any]:
        query = request.query
        self._check_app(query.get("appid"), query.get("secret"))
        if query.get("grant_type") != "authorization_code":
            raise Errcode(40002, "invalid grant_type")
        if not query.get("js_code"):
            raise Errcode(41008, "missing code")
        code = self._use(self.state.login_codes, query["js_code"], used=40163)
        openid = code.subject["openid"]
        if openid in self.state.blocked:
            raise Errcode(40226, "code blocked")
        self._count_login(openid)
        unionid = self.state.unionids.get(openid)
        session = {"session_key": secrets.token_urlsafe(18) + "==", "openid": openid}
        return {**session, "unionid": unionid} if unionid else session

    def _count_login(self, openid: str) -> None:
        now = self.now()
        recent = [at for at in self.state.logins.get(openid, []) if now - at < timedelta(minutes=1)]
        if len(recent) >= LOGINS_A_MINUTE:
            raise Errcode(45011, "api minute-quota reach limit  mustslower  retry next minute")
        self.state.logins[openid] = [*recent, now]

    def _getuserphonenumber(self, request: Request) -> dict[str, Any]:
        self.check_token(request)
        given = document(request).get("code")
        if not isinstance(given, str) or not given:
            raise Errcode(40029, "invalid code")
        subject = self._use(self.state.phone_codes, given, used=40029).subject
        number, country = subject["number"], subject["country_code"]
        info = {
            "phoneNumber": number if country == "86" else f"+{country}{number}",
            "purePhoneNumber": number,
            "countryCode": country,
            "watermark": {"timestamp": int(self.now().timestamp()), "appid": self.keys.app_id},
        }
        return {"errcode": 0, "errmsg": "ok", "phone_info": info}

    def _use(self, codes: dict[str, Code], given: str, *, used: int) -> Code:
        code = codes.get(given)
        if code is None:
            raise Errcode(40029, "invalid code")
        if code.used:
            raise Errcode(used, "code been used")
        if self.now() - code.made_at >= CODE_LIFETIME:
            raise Errcode(40029, "invalid code")
        code.used = True
        return code

    def _check_app(self, app_id: Any, secret: Any) -> None:
        if not app_id:
            raise Errcode(41002, "appid missing")
        if app_id != self.keys.app_id:
            raise Errcode(40013, "invalid appid")
        if not secret:
            raise Errcode(41004, "appsecret missing")
        if secret != self.keys.app_secret:
            raise Errcode(40125, "invalid appsecret")

    def check_token(self, request: Request) -> None:
        """:raises Errcode: the call carries no access token that works."""
        given = request.query.get("access_token")
        if not given:
            raise Errcode(41001, "access_token missing")
        for token in self.state.tokens:
            if token.value == given:
                if self.now() >= token.expires_at:
                    raise Errcode(42001, "access_token expired")
                return
        raise Errcode(40001, "invalid credential, access_token is invalid or not latest")
