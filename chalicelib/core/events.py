"""Events come up: what a feature announces, and who reacts to it.

An event is a small frozen document; a subscriber is a function ``(event, tx)`` on a queue.
Each subscriber gets its own message, so each reaction is retried, and fails, alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from chalicelib.core.transaction import Transaction

E = TypeVar("E", bound="Event")
_kinds: dict[str, type[Event]] = {}
_subscribers: dict[str, Subscriber] = {}
_by_kind: dict[type[Event], list[Subscriber]] = {}
_announced: dict[str, Announced] = {}
_announced_by_kind: dict[str, list[Announced]] = {}
_announced_kinds: dict[str, str] = {}


class Event(BaseModel):
    """Something that happened (``OrderPaid``), or a deadline to act on (``CloseUnpaid``).

    New fields need defaults: messages of the previous release are still on their way.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True, hide_input_in_errors=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__name__ in _kinds and _kinds[cls.__name__].__module__ != cls.__module__:
            raise TypeError(f"two events are named {cls.__name__}")
        _kinds[cls.__name__] = cls


@dataclass(frozen=True)
class Subscriber:
    """A reaction: *name* is stable, it is what messages and the inbox know it by."""

    name: str
    kind: type[Event]
    queue: str
    react: Callable[[Any, Transaction], None]


def subscribe(
    kind: type[E], *, queue: str
) -> Callable[[Callable[[E, Transaction], None]], Callable[[E, Transaction], None]]:
    """Register a reaction to *kind*, delivered on *queue* (a short name of ``infra/aws/data.yaml``).

    The reaction's writes go to the ``tx`` it is given, which also holds its inbox item: a second
    delivery has no second effect. Raising means: again later, at last the dead-letter queue.
    """

    def register(react: Callable[[E, Transaction], None]) -> Callable[[E, Transaction], None]:
        module = react.__module__.removeprefix("chalicelib.").removesuffix(".subscribers")
        subscriber = Subscriber(f"{module}.{react.__name__}", kind, queue, react)
        if subscriber.name in _subscribers:
            raise TypeError(f"two subscribers are named {subscriber.name}")
        _subscribers[subscriber.name] = subscriber
        _by_kind.setdefault(kind, []).append(subscriber)
        return react

    return register


@dataclass(frozen=True)
class Announced:
    """A reaction whose module is not imported before a message asks for it."""

    name: str
    queue: str
    module: str


def announce(kinds: Mapping[str, str], reactions: Iterable[Mapping[str, str]]) -> None:
    """Make events and reactions known by name: a cold start imports none of their modules.

    :param kinds: event → its module. :param reactions: {event, name, queue, module} each.
    """
    _announced_kinds.update(kinds)
    for each in reactions:
        announced = Announced(each["name"], each["queue"], each["module"])
        _announced[announced.name] = announced
        _announced_by_kind.setdefault(each["event"], []).append(announced)


def subscribers_of(kind: type[Event]) -> list[Subscriber | Announced]:
    """Everyone who reacts to *kind*, imported or only announced."""
    waiting = _announced_by_kind.get(kind.__name__, [])
    return [*_by_kind.get(kind, []), *(each for each in waiting if each.name not in _subscribers)]


def subscriber(name: str) -> Subscriber:
    """The reaction of that name. :raises KeyError: no such reaction in this release."""
    if name not in _subscribers and name in _announced:
        import_module(_announced[name].module)
    return _subscribers[name]


def all_subscribers() -> list[Subscriber]:
    """Every reaction of the mall, for the documentation."""
    for each in _announced.values():
        import_module(each.module)
    return list(_subscribers.values())


def kind(name: str) -> type[Event]:
    """The event class of that name. :raises KeyError: no such event in this release."""
    if name not in _kinds and name in _announced_kinds:
        import_module(_announced_kinds[name])
    return _kinds[name]


def all_kinds() -> list[type[Event]]:
    """Every event class that is imported."""
    return list(_kinds.values())
