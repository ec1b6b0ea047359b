"""One access token for all containers, fetched by one of them at a time."""

from __future__ import annotations

import logging
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from pynamodb.exceptions import PutError, PynamoDBException, UpdateError
from pynamodb.expressions.update import Action

from chalicelib.core import clock
from chalicelib.core.http import PartnerError, PartnerTimeout
from chalicelib.core.settings import settings
from chalicelib.gateways.wechat.models import PartnerToken

log = logging.getLogger(__name__)

#: WeChat gives out the next token five minutes before the old one dies; asking inside that window gets it
#: while the old one still works, so nobody waits.
RENEW_BEFORE = timedelta(minutes=4)
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Fetched:
    """A token as the partner gave it."""

    value: str
    lifetime: timedelta


class SharedToken:
    """A token cached in memory, behind it in DynamoDB, behind that at the partner.

    :param name: gives the item's id; a callable because settings are not read at import.
    :param fetch: asks the partner, once.
    """

    def __init__(self, name: Callable[[], str], fetch: Callable[[], Fetched]) -> None:
        self._name = name
        self._fetch = fetch
        self._memory: PartnerToken | None = None

    def get(self, *, rejected: str | None = None) -> str:
        """A token that works.

        While one caller renews it the others use the old one, or wait when there is none.

        :param rejected: a token the partner has just refused: it is not given again, and is replaced
            once, however many callers report it.
        :raises PartnerError: the partner gave none and there is no old one that works.
        """
        name = self._name()
        if self._memory and self._memory.id == name and (value := _value(self._memory, rejected, RENEW_BEFORE)):
            return value
        give_up_at = time.monotonic() + 2 * settings().partner_timeout_seconds
        while True:
            stored = PartnerToken.find(name, consistent=True)
            if value := _value(stored, rejected, RENEW_BEFORE):
                self._memory = stored
                return value
            still_good = _value(stored, rejected)
            if owner := self._take_lease(stored):
                return self._renew(owner, still_good)
            if still_good:
                return still_good
            if time.monotonic() > give_up_at:
                raise PartnerTimeout("wechat", reason="another caller holds the token lease")
            time.sleep(_POLL_SECONDS * random.uniform(0.5, 1.5))

    def forget(self) -> None:
        """Drop what this process remembers: for tests."""
        self._memory = None

    def _take_lease(self, stored: PartnerToken | None) -> str | None:
        owner, now = secrets.token_hex(8), clock.now()
        unchanged = (
            PartnerToken.value == stored.value if stored and stored.value else PartnerToken.value.does_not_exist()
        )
        free = PartnerToken.lease_until.does_not_exist() | (PartnerToken.lease_until <= now)
        lease = timedelta(seconds=2 * settings().partner_timeout_seconds)
        actions: list[Action] = [PartnerToken.lease_owner.set(owner), PartnerToken.lease_until.set(now + lease)]
        try:
            PartnerToken(id=self._name()).update(actions=actions, condition=unchanged & free)
        except UpdateError as error:
            _only_if_condition_failed(error)
            return None
        return owner

    def _renew(self, owner: str, still_good: str | None) -> str:
        asked_at = clock.now()
        try:
            fetched = self._fetch()
        except PartnerError:
            if still_good is None:
                self._release(owner)
                raise
            # The lease is left to run out: until then nobody waits for a partner that is down.
            log.warning("token not renewed, the old one still works", extra={"token": self._name()})
            return still_good
        item = PartnerToken(id=self._name(), value=fetched.value, expires_at=asked_at + fetched.lifetime)
        try:
            item.save(condition=PartnerToken.lease_owner == owner)
        except PutError as error:
            _only_if_condition_failed(error)
            # We were too slow and another caller took over; the partner gave both of us the same token.
        self._memory = item
        return fetched.value

    def _release(self, owner: str) -> None:
        actions: list[Action] = [PartnerToken.lease_owner.remove(), PartnerToken.lease_until.remove()]
        try:
            PartnerToken(id=self._name()).update(actions=actions, condition=PartnerToken.lease_owner == owner)
        except UpdateError as error:
            _only_if_condition_failed(error)


def _value(item: PartnerToken | None, rejected: str | None, ahead: timedelta = timedelta()) -> str | None:
    """The token in *item*, if it was not refused and works *ahead* of now."""
    if item is None or not item.value or item.expires_at is None or item.value == rejected:
        return None
    return item.value if clock.now() + ahead < item.expires_at else None


def _only_if_condition_failed(error: PynamoDBException) -> None:
    if error.cause_response_code != "ConditionalCheckFailedException":
        raise error
