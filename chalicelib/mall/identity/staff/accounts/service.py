"""Accounts. Who makes or edits one must hold all that its role holds, before and after."""

from __future__ import annotations

from pynamodb.expressions.update import Action

from chalicelib.core import clock, pages
from chalicelib.core.errors import NotFound
from chalicelib.core.schemas import PageQuery
from chalicelib.core.transaction import Transaction
from chalicelib.mall.identity.staff.accounts.schemas import ChangePassword, CreateStaff, EditStaff, Owner
from chalicelib.mall.identity.staff.attempts import service as attempts
from chalicelib.mall.identity.staff.errors import (
    OwnerExists,
    OwnPassword,
    StaffChanged,
    TooManyStores,
    UsernameTaken,
    WrongCredentials,
)
from chalicelib.mall.identity.staff.models import (
    EVERYTHING,
    MAX_STORES_OF_ONE,
    OWNER,
    TEAM,
    Account,
    Role,
    staff_id,
)
from chalicelib.mall.identity.staff.passwords import service as passwords
from chalicelib.mall.identity.staff.roles import service as roles
from chalicelib.mall.identity.staff.service import Staff


def accounts(query: PageQuery) -> tuple[list[Account], str | None]:
    """A page of accounts and the cursor to the rest."""
    return pages.query(Account, TEAM, limit=query.limit, cursor=query.cursor, newest_first=False, consistent=True)


def create(staff: Staff, asked: CreateStaff) -> Account:
    """A new account.

    :raises RoleNotFound, BeyondOwnPermissions, StaffChanged: its role. :raises UsernameTaken: there is one.
    """
    role = roles.assignable(staff, asked.role_id)
    account = _account(asked.username, asked.name, asked.password, role.id)
    with Transaction() as tx:
        tx.put(account, only_if=Account.id.does_not_exist(), otherwise=UsernameTaken())
        roles.hold(tx, role, +1)
    return account


def edit(staff: Staff, account_id: str, asked: EditStaff) -> Account:
    """Change what was sent. A new password or a lock makes the account's tokens worthless at once.

    :raises NotFound: no such account. :raises OwnPassword: one's own has its own way.
    :raises RoleNotFound, BeyondOwnPermissions: its role, before or after. :raises LastOwner: none would be left.
    :raises StaffChanged: somebody else was faster.
    """
    account = Account.find(TEAM, account_id, consistent=True)
    if account is None:
        raise NotFound()
    if asked.password is not None and account.id == staff.staff_id:
        raise OwnPassword()
    involved = {each: roles.assignable(staff, each) for each in {account.role_id, asked.role_id or account.role_id}}
    with Transaction() as tx:
        for role_id, change in _shifts(account, asked).items():
            roles.hold(tx, involved[role_id], change)
        _write(tx, account, _changes(account, asked))
    return _after(account, asked)


def place_in(staff: Staff, account_id: str, store_id: str, *, works: bool) -> Account:
    """Let somebody work in a store, or no longer. Said again: nothing. Whether there is such a store, the caller knows.

    :raises NotFound: no such account. :raises BeyondOwnPermissions: the account may do more than the caller.
    :raises TooManyStores: :raises StaffChanged: somebody else was faster.
    """
    account = Account.find(TEAM, account_id, consistent=True)
    if account is None:
        raise NotFound()
    role = roles.assignable(staff, account.role_id)
    store_ids = [*(each for each in account.store_ids if each != store_id), *([store_id] if works else [])]
    if len(store_ids) > MAX_STORES_OF_ONE:
        raise TooManyStores(limit=MAX_STORES_OF_ONE)
    if set(store_ids) != set(account.store_ids):
        with Transaction() as tx:
            roles.hold(tx, role, 0)
            _write(tx, account, [Account.store_ids.set(store_ids)])
        account.store_ids = store_ids
    return account


def change_password(staff: Staff, asked: ChangePassword) -> Account:
    """One's own password: all tokens until now are worthless.

    :raises WrongCredentials: the old one is wrong. :raises LoginLocked: five times in a row.
    """
    attempts.charge(staff.staff_id)
    account = Account.find(TEAM, staff.staff_id, consistent=True)
    if account is None or not passwords.matches(account.password_hash, asked.old_password):
        raise WrongCredentials()
    with Transaction() as tx:
        _write(tx, account, _credentials(asked.new_password))
        attempts.forgive(tx, staff.staff_id)
    account.credentials_version += 1
    return account


def bootstrap_owner(username: str, password: str) -> str:
    """The first owner of a new mall; returns the account's id. For operators and the laptop, never for a request.

    Doing it again with the same name changes nothing, the password neither.

    :raises OwnerExists: the mall has an owner of another name. :raises ValueError: name or password are not fit.
    """
    asked = Owner(username=username, password=password)
    existing = Account.find(TEAM, staff_id(username), consistent=True)
    if existing is not None and existing.role_id == OWNER:
        return existing.id
    account = _account(asked.username, asked.name, asked.password, OWNER)
    role = Role(id=OWNER, name="店主", permissions=[EVERYTHING], holders=1, created_at=account.created_at)
    with Transaction() as tx:
        tx.put(role, only_if=Role.id.does_not_exist(), otherwise=OwnerExists())
        tx.put(account, only_if=Account.id.does_not_exist(), otherwise=UsernameTaken())
    return account.id


def _account(username: str, name: str, password: str, role_id: str) -> Account:
    return Account(
        id=staff_id(username),
        username=username,
        name=name,
        password_hash=passwords.hashed(password),
        role_id=role_id,
        created_at=clock.now(),
    )


def _shifts(account: Account, asked: EditStaff) -> dict[str, int]:
    """Role → how many active accounts more have it; 0 for a role that must only stay as it was read."""
    active = account.active if asked.active is None else asked.active
    role_id = asked.role_id or account.role_id
    shifts = {account.role_id: 0, role_id: 0}
    shifts[account.role_id] -= account.active
    shifts[role_id] += active
    return shifts


def _changes(account: Account, asked: EditStaff) -> list[Action]:
    changes: list[Action] = []
    if asked.name is not None:
        changes.append(Account.name.set(asked.name))
    if asked.role_id is not None:
        changes.append(Account.role_id.set(asked.role_id))
    if asked.active is not None:
        changes.append(Account.active.set(asked.active))
    if asked.password is not None:
        changes += _credentials(asked.password)
    elif asked.active is False and account.active:
        changes.append(Account.credentials_version.add(1))
    return changes


def _credentials(password: str) -> list[Action]:
    return [Account.password_hash.set(passwords.hashed(password)), Account.credentials_version.add(1)]


def _write(tx: Transaction, account: Account, changes: list[Action]) -> None:
    tx.update(
        Account(team=TEAM, id=account.id),
        [*changes, Account.version.add(1)],
        only_if=Account.version == account.version,
        otherwise=StaffChanged(),
    )


def _after(account: Account, asked: EditStaff) -> Account:
    account.name = asked.name or account.name
    account.role_id = asked.role_id or account.role_id
    account.active = account.active if asked.active is None else asked.active
    return account
