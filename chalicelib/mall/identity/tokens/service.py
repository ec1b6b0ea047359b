"""Bearer tokens: HS256 JWTs signed with the session secret, told apart by their audience."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from chalicelib.core import clock
from chalicelib.core.errors import Unauthorized
from chalicelib.core.operations import Request
from chalicelib.core.settings import settings
from chalicelib.core.transaction import Transaction

_ALGORITHM = "HS256"
# Expiry is checked here, against the mall's clock; PyJWT would ask the machine's.
_OPTIONS = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "require": ["sub", "aud", "exp"]}


def issue(audience: str, subject: str, lifetime: timedelta, **claims: Any) -> str:
    """A token that says *subject* (and *claims*) to *audience* for *lifetime* from now."""
    import jwt  # loads cryptography: not before somebody logs in

    expires_at = int((clock.now() + lifetime).timestamp())
    return jwt.encode(
        {**claims, "sub": subject, "aud": audience, "exp": expires_at}, settings().session_secret, algorithm=_ALGORITHM
    )


def read(audience: str, token: str | None) -> dict[str, Any]:
    """The claims of *token*.

    :raises Unauthorized: no token, not ours, for another audience, or expired.
    """
    if token is None or not token.isascii():
        raise Unauthorized()
    # While the secret is changed there are two: a buyer who has logged in stays logged in.
    claims = next(filter(None, (_decode(token, secret, audience) for secret in settings().session_secrets)), None)
    if claims is None or claims["exp"] <= clock.now().timestamp():
        raise Unauthorized()
    return claims


def _decode(token: str, secret: str, audience: str) -> dict[str, Any] | None:
    import jwt

    try:
        claims: dict[str, Any] = jwt.decode(token, secret, algorithms=[_ALGORITHM], audience=audience, options=_OPTIONS)
    except (jwt.PyJWTError, RecursionError):  # its header is parsed before its signature is known to be ours
        return None
    return claims


@dataclass(frozen=True)
class Buyer:
    """A member who calls. Known from the token alone: reading a list costs no look at the member."""

    member_id: str
    openid: str

    scheme: ClassVar[str] = "buyer"

    @classmethod
    def authenticate(cls, request: Request, permission: str | None) -> Buyer:
        """:raises Unauthorized: no valid token. Buyers have no permissions: ownership is in the keys."""
        claims = read(cls.scheme, request.bearer)
        return cls(member_id=claims["sub"], openid=claims["openid"])

    def witness(self, tx: Transaction, request: Request) -> None:
        """Buyers act on what is their own: no log."""

    @classmethod
    def token(cls, member_id: str, openid: str) -> str:
        """A token for the setting ``session_hours``."""
        return issue(cls.scheme, member_id, timedelta(hours=settings().session_hours), openid=openid)
