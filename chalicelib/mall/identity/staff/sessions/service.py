"""From name and password to an account."""

from __future__ import annotations

import logging

from chalicelib.core import clock
from chalicelib.core.operations import Request
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.staff.attempts import service as attempts
from chalicelib.mall.identity.staff.errors import WrongCredentials
from chalicelib.mall.identity.staff.models import TEAM, Account, staff_id
from chalicelib.mall.identity.staff.operations import service as operations
from chalicelib.mall.identity.staff.passwords import service as passwords

log = logging.getLogger(__name__)


def log_in(username: str, password: str, request: Request) -> Account:
    """The account, its login on record. An unknown name costs the same steps and gets the same answer.

    :raises WrongCredentials: name, password, or the account is locked. :raises LoginLocked: five failures in a row.
    """
    account_id = staff_id(username.lower())
    attempts.charge(account_id)
    account = Account.find(TEAM, account_id, consistent=True)
    fits = passwords.matches(account.password_hash if account else None, password)
    if account is None or not fits or not account.active:
        log.warning("staff login failed", extra={"staff_id": account_id})
        raise WrongCredentials()
    changes = [Account.logged_in_at.set(clock.now())]
    if passwords.is_outdated(account.password_hash):
        changes.append(Account.password_hash.set(passwords.hashed(password)))
    with Transaction() as tx:
        tx.update(
            Account(team=TEAM, id=account_id),
            changes,
            only_if=(Account.credentials_version == account.credentials_version) & (Account.active == True),  # noqa: E712
            otherwise=WrongCredentials(),
        )
        attempts.forgive(tx, account_id)
        operations.record(tx, request, staff_id=account.id, staff_name=account.name)
    return account
