"""Pieces that have not left, and shall not: held while it is decided whether they are refunded, then withdrawn.

See docs/algorithms/after-sales.md. Units are position of an order line → pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.trade.fulfillment.shipments import service as shipments
from chalicelib.trade.fulfillment.shipments.errors import ShipmentChanged
from chalicelib.trade.fulfillment.shipments.models import Shipment, ShipmentLine, ShipmentStatus

Units = Mapping[int, int]


class Rest(StrEnum):
    """What a withdrawal leaves of an order."""

    SOME = "some"
    """Something is still to send."""
    ALL_LEFT = "all_left"
    """All that is not withdrawn has left."""
    NOTHING = "nothing"
    """Nothing has left, and nothing will."""


def free(planned: Sequence[Shipment]) -> dict[int, int]:
    """The pieces that may leave now, and nobody has asked the money of, by line."""
    found: dict[int, int] = {}
    for line in _lines(planned):
        found[line.line] = found.get(line.line, 0) + line.free
    return found


def untouched(planned: Sequence[Shipment]) -> bool:
    """Whether no piece has left."""
    return not any(line.shipped_quantity for line in _lines(planned))


def hold(tx: Transaction, planned: Sequence[Shipment], units: Units) -> None:
    """The pieces do not leave for now. :raises ShipmentChanged: fewer are free; (at commit) changed since read."""
    _change(tx, planned, units, lambda line: line.free, held=1)


def release(tx: Transaction, planned: Sequence[Shipment], units: Units) -> None:
    """Held pieces may leave again. :raises ShipmentChanged: (at commit) changed since read."""
    _change(tx, planned, units, lambda line: line.held_quantity, held=-1)


def withdraw(tx: Transaction, planned: Sequence[Shipment], units: Units, *, held: bool) -> Rest:
    """The pieces never leave. :param held: they were held before; else they must be free.

    :raises ShipmentChanged: they are not; (at commit) a shipment of the order changed since it was read.
    """
    room: Callable[[ShipmentLine], int] = (lambda line: line.held_quantity) if held else (lambda line: line.free)
    after = _change(tx, planned, units, room, held=-1 if held else 0, withdrawn=1)
    lines = [line for each in planned for line in after[each.id]]
    if any(line.left for line in lines):
        return Rest.SOME
    return Rest.ALL_LEFT if any(line.shipped_quantity for line in lines) else Rest.NOTHING


def _change(
    tx: Transaction,
    planned: Sequence[Shipment],
    units: Units,
    room: Callable[[ShipmentLine], int],
    *,
    held: int = 0,
    withdrawn: int = 0,
) -> dict[str, list[ShipmentLine]]:
    """Write the shipments that the pieces lie in; what was concluded from the others must still hold."""
    wanted = {number: pieces for number, pieces in units.items() if pieces}
    after = {}
    for shipment in planned:
        lines = []
        for line in shipment.lines:
            part = min(wanted.get(line.line, 0), room(line))
            wanted[line.line] = wanted.get(line.line, 0) - part
            more = {
                "held_quantity": line.held_quantity + held * part,
                "withdrawn_quantity": line.withdrawn_quantity + withdrawn * part,
            }
            lines.append(line.model_copy(update=more))
        after[shipment.id] = lines
        _write(tx, shipment, lines)
    if any(wanted.values()):
        raise ShipmentChanged()
    return after


def _write(tx: Transaction, shipment: Shipment, lines: list[ShipmentLine]) -> None:
    item = Shipment(order_id=shipment.order_id, id=shipment.id)
    as_read = Shipment.version == shipment.version
    if lines == shipment.lines:
        tx.check(item, only_if=as_read, otherwise=ShipmentChanged())
    elif any(line.left for line in lines):
        actions = [Shipment.lines.set(lines), Shipment.version.set(shipment.version + 1)]
        tx.update(item, actions, only_if=as_read & Shipment.status.is_in(*shipments.OPEN), otherwise=ShipmentChanged())
    elif any(line.shipped_quantity for line in lines):
        ended = (Shipment.lines.set(lines), Shipment.shipped_at.set(clock.now()))
        shipments.step(tx, shipment, ShipmentStatus.SHIPPED, *ended)
    else:
        shipments.step(tx, shipment, ShipmentStatus.CANCELED, Shipment.lines.set(lines))


def _lines(planned: Sequence[Shipment]) -> list[ShipmentLine]:
    return [line for each in planned if each.status is not ShipmentStatus.CANCELED for line in each.lines]
