"""The kinds there are: each feature that tells something adds its own to ``notice_kinds`` in extensions.py."""

from __future__ import annotations

from chalicelib.core.plugs import PlugMap
from chalicelib.growth.notifications.errors import KindNotFound
from chalicelib.growth.notifications.kinds.schemas import Kind

kinds: PlugMap[Kind] = PlugMap("notice_kinds")


def kind_of(name: str) -> Kind:
    """:raises KindNotFound:"""
    found = kinds.get(name)
    if found is None:
        raise KindNotFound()
    return found
