"""A small shop whose index is up to date."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalicelib.core import jobs
from chalicelib.mall.identity.service import Buyer
from tests.harness import Client, MovableClock

Drain = Callable[..., Any]


def buyer(http: Client, member_id: str = "mbr_1") -> Client:
    """A client of a logged-in member."""
    return http.as_(Buyer.token(member_id, f"openid-of-{member_id}"))


def refreshed(drain: Drain, frozen: MovableClock) -> Any:
    """What happened is delivered, the minute's job runs, and this container looks again."""
    drain()
    done = jobs.run("refresh_search_index")
    frozen.move(seconds=11)
    return done


def names(http: Client, **query: Any) -> list[str]:
    """The names of a list."""
    return [each["name"] for each in http.get("/products", query=query).ok()["items"]]
