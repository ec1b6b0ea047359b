"""The process dies at any step, and is really dead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from infra.local.faults.outgoing import Call, Plan, Result, When, active

_READS = frozenset(f"dynamodb {each}" for each in ("GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"))


class ProcessKilled(BaseException):
    """The process is gone. Not an Exception: nothing in the mall may catch it and go on."""


@dataclass
class Watch:
    """The steps that were seen, in order: ``dynamodb TransactWriteItems``, ``POST /v3/refund/...``."""

    steps: list[str] = field(default_factory=list)
    dead: bool = False


class _Killer(Plan):
    def __init__(self, watch: Watch, at: int | None, when: When) -> None:
        super().__init__()
        self.watch, self.at, self.when = watch, at, when

    def before(self, call: Call) -> None:
        self._enter(f"{call.service} {call.operation}")

    def after(self, call: Call, result: Result) -> Result:
        self._leave()
        return result

    def partner(self, when: When, method: str, url: str) -> None:
        if when == "before":
            self._enter(f"{method} {url.partition('?')[0]}")
        else:
            self._leave()

    def _enter(self, step: str) -> None:
        if self.watch.dead:
            raise ProcessKilled(f"already dead, and yet: {step}")
        self.watch.steps.append(step)
        self._die_if("before")

    def _leave(self) -> None:
        self._die_if("after")

    def _die_if(self, when: When) -> None:
        if self.at == len(self.watch.steps) and self.when == when:
            self.watch.dead = True
            raise ProcessKilled(f"{when} step {self.at}: {self.watch.steps[-1]}")


@contextmanager
def watched(kill_at: int | None = None, when: When = "before") -> Iterator[Watch]:
    """Counts every step that leaves this thread; dies at step *kill_at* (from 1).

    ``before``: the step has no effect. ``after``: it has, but nobody learns of it. What the dead process
    would still do on its way out (``finally``, ``except``) reaches nothing: it dies again.
    """
    watch = Watch()
    with active(_Killer(watch, kill_at, when)):
        yield watch


def every_death(prepare: Callable[[], None], act: Callable[[], object], check: Callable[[], None]) -> list[str]:
    """Plays *act* once unharmed, then once for each place between two steps that leaves another world, with the
    process dying there.

    :param prepare: builds the same situation anew, from an empty cloud. :param act: what is interrupted;
        must take the same steps each time. :param check: lets sweeps and redeliveries run, then asserts
        the invariants; runs after every play.
    :returns: the steps of *act*, for an assertion that it still takes those.
    """
    prepare()
    with watched() as whole:
        act()
    check()
    # Dying before a step leaves the world as dying after the one before it: only the first needs both. A read leaves
    # the world as it was: dying after it is dying after the step before it, or before the first.
    deaths: list[tuple[int, When]] = [
        (1, "before"),
        *((number, "after") for number, step in enumerate(whole.steps, start=1) if step not in _READS),
    ]
    for number, when in deaths:
        try:
            _die_once(number, when, prepare, act)
            check()
        except BaseException as error:
            error.add_note(f"the process died {when} step {number} of {len(whole.steps)}: {whole.steps[number - 1]}")
            raise
    return whole.steps


def _die_once(number: int, when: When, prepare: Callable[[], None], act: Callable[[], object]) -> None:
    prepare()
    with watched(number, when) as watch, suppress(ProcessKilled):
        act()
    assert watch.dead, f"only {len(watch.steps)} steps this time: {watch.steps}"
