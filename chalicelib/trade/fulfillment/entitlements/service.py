"""Entitlements: opened with a code, closed once; what is left of them. Algorithm: docs/algorithms/pickup.md."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from pynamodb.expressions.update import Action

from chalicelib.core import clock, states
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.entitlements.errors import (
    CodeDrawnBefore,
    EntitlementChanged,
    EntitlementNotFound,
)
from chalicelib.trade.fulfillment.entitlements.models import (
    STEPS,
    Entitlement,
    EntitlementCode,
    EntitlementStatus,
    Expiry,
    Verification,
    store_status,
)
from chalicelib.trade.orders.models import Fulfillment, Order

CODE_DIGITS = 12
KINDS = (Fulfillment.PICKUP, Fulfillment.VOUCHER)
"""The ways of fulfillment that end at a counter."""


def new_code() -> str:
    """Twelve digits that nobody can guess. Unique only once it is claimed."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"


def of_order(order_id: str) -> list[Entitlement]:
    """The entitlements of an order, this moment."""
    return list(Entitlement.query(order_id, consistent_read=True))


def load(order_id: str, entitlement_id: str) -> Entitlement:
    """The entitlement, this moment. :raises EntitlementNotFound:"""
    found = Entitlement.find(order_id, entitlement_id, consistent=True)
    if found is None:
        raise EntitlementNotFound()
    return found


def by_code(code: str) -> Entitlement:
    """The entitlement of a code, this moment. :raises EntitlementNotFound: nobody has such a code."""
    claimed = EntitlementCode.find(code, consistent=True)
    if claimed is None:
        raise EntitlementNotFound()
    return load(claimed.order_id, claimed.entitlement_id)


def load_all(keys: Sequence[Any]) -> list[Entitlement]:
    """The entitlements that an index named, this moment: an index lags."""
    pairs = [(key.order_id, key.id) for key in keys]
    found = batch_get({Entitlement: pairs}, consistent=True)[Entitlement]
    return [found[pair] for pair in pairs if pair in found]


def history(entitlement_id: str) -> list[Verification]:
    """What was handed over of an entitlement, the oldest first."""
    return list(Verification.query(entitlement_id, consistent_read=True))


def left_of(order: Order, found: Entitlement) -> dict[int, int]:
    """Line → what is still to be handed over: pieces neither handed over nor refunded; times of a voucher that are not
    used. Lines with none are absent. Whether a voucher is void, :func:`voided` says.
    """
    refunded = order.refunded_units if found.kind is Fulfillment.PICKUP else {}
    left = {
        each.line: each.quantity - each.taken - (refunded.get(str(each.line), 0) - each.returned)
        for each in found.lines
    }
    return {line: pieces for line, pieces in left.items() if pieces > 0}


def unfetched(order: Order, found: Entitlement) -> dict[int, int]:
    """Line → pieces of the order whose money may still go back: of a voucher one, if it was never used."""
    if found.kind is Fulfillment.PICKUP:
        return left_of(order, found)
    return {} if found.taken else {found.lines[0].line: 1}


def voided(order: Order, found: Sequence[Entitlement]) -> set[str]:
    """Which open ones of *found*, all of an order, are void because their pieces were refunded: the last unused ones.

    Pieces of a line are alike: a refund names how many, not which.
    """
    void: set[str] = set()
    for line, pieces in order.refunded_units.items():
        alike = [each for each in found if each.kind is Fulfillment.VOUCHER and each.lines[0].line == int(line)]
        gone = sum(map(_refunded, alike))
        unused = [each.id for each in alike if each.status is EntitlementStatus.OPEN and not each.taken]
        void.update(sorted(unused)[max(len(unused) - max(pieces - gone, 0), 0) :])
    return void


def _refunded(each: Entitlement) -> bool:
    """Whether the money of a closed voucher went back."""
    lapsed = each.status is EntitlementStatus.EXPIRED and each.expiry is Expiry.REFUND and not each.taken
    return each.status is EntitlementStatus.CANCELED or lapsed


def bring_back(tx: Transaction, found: Entitlement, units: Mapping[int, int]) -> None:
    """So many of the pieces that were handed over come back and are refunded: what is left to fetch stays left. Also
    without any, it must be as it was read.

    :raises EntitlementChanged: (at commit)
    """
    if found.status is EntitlementStatus.OPEN and any(units.get(each.line) for each in found.lines):
        lines = [each.model_copy(update={"returned": each.returned + units.get(each.line, 0)}) for each in found.lines]
        step(tx, found, EntitlementStatus.OPEN, Entitlement.lines.set(lines))
        return
    item = Entitlement(order_id=found.order_id, id=found.id)
    tx.check(item, only_if=Entitlement.version == found.version, otherwise=EntitlementChanged())


def names(found: Entitlement) -> dict[str, str]:
    """What names an entitlement in its events."""
    return {"member_id": found.member_id, "order_id": found.order_id, "entitlement_id": found.id}


def open_with_code(tx: Transaction, made: Entitlement) -> None:
    """Add the entitlement and the claim of its code to *tx*. :raises CodeDrawnBefore: (at commit) draw another."""
    claimed = EntitlementCode(code=made.code, order_id=made.order_id, entitlement_id=made.id)
    tx.put(claimed, only_if=EntitlementCode.code.does_not_exist(), otherwise=CodeDrawnBefore())
    tx.put(made, only_if=Entitlement.id.does_not_exist(), otherwise=EntitlementChanged())


def step(tx: Transaction, found: Entitlement, to: EntitlementStatus, *actions: Action) -> None:
    """Add the step *to* to *tx*: the entitlement must be as it was read.

    :raises EntitlementChanged: (at commit)
    """
    closing = [] if to is EntitlementStatus.OPEN else [Entitlement.closed_at.set(clock.now())]
    states.move(
        tx,
        Entitlement(order_id=found.order_id, id=found.id),
        Entitlement.status,
        STEPS,
        to,
        Entitlement.store_status.set(store_status(found.store_id, to)),
        Entitlement.version.set(found.version + 1),
        *closing,
        *actions,
        also=Entitlement.version == found.version,
        otherwise=EntitlementChanged(),
    )
