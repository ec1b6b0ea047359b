"""Plugs: what higher floors give to lists that lower floors own, looked up when first used.

``extensions.py`` offers names (``"package.module:Thing"``), so that a cold start imports none of them. A class is
called without arguments; anything else is taken as it is.
"""

from __future__ import annotations

from collections import UserDict, UserList
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")
_lists: dict[str, Sequence[str]] = {}
_maps: dict[str, Mapping[str, str]] = {}


def offer(lists: Mapping[str, Sequence[str]], maps: Mapping[str, Mapping[str, str]]) -> None:
    """Say what plugs in where: the name of the list or map → the names of the things."""
    _lists.update(lists)
    _maps.update(maps)


def resolve(name: str) -> Any:
    """``"chalicelib.trade.freight.adjuster:Freight"`` → an instance."""
    module, _, attribute = name.partition(":")
    found = getattr(import_module(module), attribute)
    return found() if isinstance(found, type) else found


class PlugList(UserList[T]):
    """A list that a lower floor owns and ``extensions.py`` fills. :raises LookupError: used before it was wired."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._found: list[T] | None = None

    @property
    def data(self) -> list[T]:  # type: ignore[override]
        if self._found is None:
            self._found = [resolve(each) for each in _lists[self.name]]
        return self._found


class PlugMap(UserDict[str, T]):
    """The same, by name."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._found: dict[str, T] | None = None

    @property
    def data(self) -> dict[str, T]:  # type: ignore[override]
        if self._found is None:
            self._found = {key: resolve(each) for key, each in _maps[self.name].items()}
        return self._found
