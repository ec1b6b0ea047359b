"""The two forms of a push, JSON and XML, read into the same document and written from it.

XML comes from outside before anything about it is proven: no document type, no entities of its own, no depth, no bulk.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from xml.parsers import expat

MAX_BYTES = 64 * 1024
_MAX_DEPTH, _MAX_ELEMENTS = 8, 2000


class Form(StrEnum):
    """How a message is written."""

    JSON = "json"
    XML = "xml"


def form_of(body: bytes) -> Form:
    """What *body* looks like; its header may say otherwise."""
    return Form.XML if body.lstrip()[:1] == b"<" else Form.JSON


def read(body: bytes, form: Form) -> dict[str, Any]:
    """The message as a document. In XML every value is text; an element that is repeated becomes a list.

    :raises ValueError: it is none, or asks for more than a message needs.
    """
    if len(body) > MAX_BYTES:
        raise ValueError("too long")
    if form is Form.XML:
        return _Reader().read(body)
    try:
        document = json.loads(body)
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(document, dict):
        raise ValueError("not an object")
    write(document, form).encode()  # half a surrogate pair is no text: nothing could store it
    return document


def write(document: Mapping[str, Any], form: Form) -> str:
    """*document* as text. XML holds texts and numbers, and documents of them."""
    if form is Form.JSON:
        return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return f"<xml>{_elements(document)}</xml>"


def _elements(document: Mapping[str, Any]) -> str:
    return "".join(f"<{name}>{_element(value)}</{name}>" for name, value in document.items())


def _element(value: Any) -> str:
    if isinstance(value, Mapping):
        return _elements(value)
    if isinstance(value, int):
        return str(value)
    return f"<![CDATA[{str(value).replace(']]>', ']]]]><![CDATA[>')}]]>"


class _Reader:
    def __init__(self) -> None:
        self._open: list[dict[str, Any]] = [{}]
        self._texts: list[list[str]] = [[]]
        self._count = 0

    def read(self, body: bytes) -> dict[str, Any]:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = lambda text: self._texts[-1].append(text)
        try:
            parser.Parse(body, True)
        except expat.ExpatError as error:
            raise ValueError(f"not XML: {error}") from None
        document = self._open[0].get("xml")
        if not isinstance(document, dict):
            raise ValueError("no <xml> with elements in it")
        return document

    def _refuse(self, *_: Any) -> None:
        raise ValueError("a document type")

    def _begin(self, name: str, _: Mapping[str, str]) -> None:
        self._count += 1
        if len(self._open) > _MAX_DEPTH or self._count > _MAX_ELEMENTS:
            raise ValueError("too deep or too many elements")
        self._open.append({})
        self._texts.append([])

    def _end(self, name: str) -> None:
        children, text = self._open.pop(), "".join(self._texts.pop())
        value, parent = children or text, self._open[-1]
        if name not in parent:
            parent[name] = value
        elif isinstance(parent[name], list):
            parent[name].append(value)
        else:
            parent[name] = [parent[name], value]
