"""A small feature with every kind of route, for the tests of ``Api`` and its OpenAPI document."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from chalicelib.core.api import Api, IdempotencyKey, RawResponse, Request
from chalicelib.core.errors import (
    Forbidden,
    NotFound,
    PartnerUnavailable,
    TooBusy,
    TooManyRequests,
    Unauthorized,
)
from chalicelib.core.schemas import Count, Fen, Id, Line, Page, PageQuery, Schema
from chalicelib.core.transaction import Transaction
from tests.core.things import Gone, Part, Taken, Thing, put_new

PERMISSIONS = {"boss": {"things.write"}, "clerk": set[str]()}


class Guest:
    """Anyone whose token begins with ``guest-``."""

    scheme: ClassVar[str] = "guest"

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def authenticate(cls, request: Request, permission: str | None) -> Guest:
        token = request.bearer or ""
        if not token.startswith("guest-"):
            raise Unauthorized()
        return cls(token.removeprefix("guest-"))

    def witness(self, tx: Transaction, request: Request) -> None:
        """A guest's changes owe no record."""


class Worker:
    """``boss`` or ``clerk``; whatever they change is written down."""

    scheme: ClassVar[str] = "worker"

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def authenticate(cls, request: Request, permission: str | None) -> Worker:
        name = request.bearer or ""
        if name not in PERMISSIONS:
            raise Unauthorized()
        if permission and permission not in PERMISSIONS[name]:
            raise Forbidden(permission=permission)
        return cls(name)

    def witness(self, tx: Transaction, request: Request) -> None:
        tx.put(Part(owner=f"log {self.name}", id=request.request_id))


class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


class Look(PageQuery):
    color: Color | None = None
    ids: Annotated[list[Id], Field(max_length=5)] = []
    tags: Annotated[list[Line], Field(max_length=3)] | None = None
    least: Fen = 0


class Make(Schema):
    name: Line
    count: Count = 1
    amount: Fen = 0
    color: Color = Color.RED
    notes: Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=3)] = []

    @field_validator("name")
    @classmethod
    def _polite(cls, name: str) -> str:
        if name == "rude":
            raise ValueError("be polite")
        return name


class View(Schema):
    """What comes out."""

    said: str
    """Everything the view was given. `<b>`: escaped & safe."""


class Careless(NotFound):
    message = "没有{nothing}"


api = Api("rooms", title="房间 Rooms <&>")


@api.get("/rooms/{room_id}")
def show(room_id: str) -> View:
    """Show a room.

    The rest of the docstring: `<script>alert(1)</script>`.
    """
    return View(said=room_id)


@api.get("/rooms/{room_id}/chairs/{chair_id}", raises=[Gone])
def chair(chair_id: str, room_id: str, guest: Guest | None) -> View:
    """Show a chair, to anyone, by name to a guest."""
    return View(said=f"{room_id} {chair_id} {guest.name if guest else None}")


@api.get("/rooms", cache_seconds=60)
def search(query: Look) -> Page[View]:
    """Search."""
    said = f"{query.color} {query.ids} {query.tags} {query.least} {query.limit} {query.cursor}"
    return Page[View](items=[View(said=said)], cursor=None)


@api.post("/rooms", status=201, raises=[Taken, TooManyRequests, PartnerUnavailable])
def make(guest: Guest, body: Make, key: IdempotencyKey) -> View:
    """Make a room."""
    with Transaction() as tx:
        put_new(tx, body.name)
    return View(said=f"{guest.name} {body.name} {body.count} {body.color} {key}")


@api.delete("/rooms/{room_id}", status=204)
def remove(guest: Guest, room_id: str) -> None:
    """Remove a room."""
    with Transaction() as tx:
        tx.delete(Thing(id=room_id))


@api.patch("/rooms/{room_id}")
def break_(room_id: str, body: Make) -> View:
    """Fail in the way that the path names."""
    match room_id:
        case "crash":
            raise RuntimeError("the secret is 42")
        case "view":
            return View(said=None)  # type: ignore[arg-type]
        case "body":
            return View(**body.model_dump())
        case "message":
            raise Careless
        case "nothing":
            return None  # type: ignore[return-value]
        case "details":
            raise Gone(what="钥匙", thing=Thing)
    raise TooBusy()


@api.put("/admin/rooms/{room_id}", permission="things.write")
def furnish(worker: Worker, room_id: str, body: Make) -> View:
    """Furnish a room."""
    with Transaction() as tx:
        put_new(tx, room_id)
    return View(said=worker.name)


@api.get("/admin/rooms/{room_id}", permission="things.write")
def inspect(worker: Worker, room_id: str) -> View:
    """Look at a room; looking is not written down."""
    with Transaction() as tx:
        tx.put(Thing(id=room_id))
    return View(said=worker.name)


@api.post("/hooks/rooms", content_types=["text/xml"])
def hook(request: Request) -> RawResponse:
    """Answer a partner in its own words."""
    seen = f"<{request.method} {request.path} {request.query} {request.headers.get('x-sign')} {request.source_ip}>"
    return RawResponse(seen + request.body.decode(), status=202, content_type="text/xml", headers={"X-Own": "1"})
