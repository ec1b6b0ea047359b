"""Events come up: what a feature announces, and who reacts to it.

An event is a small frozen document; a subscriber is a function ``(event, tx)`` on a queue.
Each subscriber gets its own message, so each reaction is retried, and fails, alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from chalicelib.core.transaction import Transaction

E = TypeVar("E", bound="Event")
_kinds: dict[str, type[Event]] = {}
_subscribers: dict[str, Subscriber] = {}
_by_kind: dict[type[Event], list[Subscriber]] = {}


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


def subscribers_of(kind: type[Event]) -> list[Subscriber]:
    """Everyone who reacts to *kind*."""
    return _by_kind.get(kind, [])


def subscriber(name: str) -> Subscriber:
    """The reaction of that name. :raises KeyError: no such reaction in this release."""
    return _subscribers[name]


def all_subscribers() -> list[Subscriber]:
    """Every reaction of the mall, for the documentation."""
    return list(_subscribers.values())


def kind(name: str) -> type[Event]:
    """The event class of that name. :raises KeyError: no such event in this release."""
    return _kinds[name]
