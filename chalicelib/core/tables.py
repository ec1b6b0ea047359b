"""Tables: the base of every model, attributes that keep their promise, reads over several tables."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import TypeAdapter
from pynamodb.attributes import Attribute
from pynamodb.connection.table import TableConnection
from pynamodb.constants import NUMBER, STRING
from pynamodb.models import Model

from chalicelib.core import aws
from chalicelib.core.errors import TooBusy
from chalicelib.core.money import MAX_AMOUNT
from chalicelib.core.settings import settings

log = logging.getLogger(__name__)

M = TypeVar("M", bound="Table")
E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")
Key = str | tuple[str, str]

_BATCH = 100


def table_name(name: str) -> str:
    """The deployed name of table *name*, as ``infra/aws/data.yaml`` makes it."""
    return settings().table_prefix + name


class Table(Model):
    """Base of every model: all share the process's one DynamoDB client."""

    @classmethod
    def _get_connection(cls) -> TableConnection:
        connection = super()._get_connection()
        connection.connection._client = aws.client("dynamodb")
        return connection

    @classmethod
    def find(cls: type[M], hash_key: str, range_key: str | None = None, *, consistent: bool = False) -> M | None:
        """The item, or None."""
        try:
            return cls.get(hash_key, range_key, consistent_read=consistent)
        except cls.DoesNotExist:
            return None

    @classmethod
    def delete_under(cls, hash_key: str) -> None:
        """Delete all items under *hash_key*, as of this moment, in batches: what a closed account leaves behind.

        No transaction: who dies in the middle does it again, which is harmless.
        """
        keys = [name for name in (cls._hash_keyname, cls._range_keyname) if name is not None]
        with cls.batch_write() as batch:
            for each in cls.query(hash_key, attributes_to_get=keys, consistent_read=True):
                batch.delete(each)


class IntAttribute(Attribute[int]):
    """A whole number. A float, even 3.0, is refused: pynamodb's own number would store it."""

    attr_type = NUMBER

    def serialize(self, value: Any) -> str:
        if type(value) is not int:
            raise TypeError(f"{self.attr_name}: a whole number, not {value!r}")
        return str(value)

    def deserialize(self, value: str) -> int:
        return int(value)


class FenAttribute(IntAttribute):
    """Money in fen."""

    def serialize(self, value: Any) -> str:
        if type(value) is int and abs(value) > MAX_AMOUNT:
            raise ValueError(f"{self.attr_name}: {value} fen is beyond any sale")
        return super().serialize(value)


class TimeAttribute(Attribute[datetime]):
    """An aware time, stored as fixed-width UTC text that sorts (``2026-11-24T06:27:01.123456Z``)."""

    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return time_text(value)

    def deserialize(self, value: str) -> datetime:
        return datetime.fromisoformat(value)


def time_text(value: datetime) -> str:
    """The stored form of an aware time."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone")
    # Not strftime: its %Y writes the year 169 with three digits.
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class EnumAttribute(Attribute[E]):
    """A member of a StrEnum."""

    attr_type = STRING

    def __init__(self, kind: type[E], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind = kind

    def serialize(self, value: E | str) -> str:
        return self.kind(value).value

    def deserialize(self, value: str) -> E:
        return self.kind(value)


class DocumentAttribute(Attribute[T]):
    """A small pydantic document or a bounded list of them, stored as JSON text: ``DocumentAttribute(list[Line])``.

    Additive fields with defaults keep old items readable.

    :param sparse: fields that have their default are not stored: for documents of which many are written, and whose
        defaults therefore never change.
    """

    attr_type = STRING

    def __init__(self, kind: Any, *, sparse: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._kind, self._sparse = kind, sparse
        self._adapter: TypeAdapter[T] | None = None

    @property
    def adapter(self) -> TypeAdapter[T]:
        # Built at first use: a cold start pays only for the documents it touches.
        if self._adapter is None:
            self._adapter = TypeAdapter(self._kind)
        return self._adapter

    def serialize(self, value: T) -> str:
        return self.adapter.dump_json(value, exclude_defaults=self._sparse).decode()

    def deserialize(self, value: str) -> T:
        return self.adapter.validate_json(value)


def batch_get(
    wanted: Mapping[type[Table], Iterable[Key]], *, consistent: bool | Collection[type[Table]] = False
) -> dict[type[Table], dict[Key, Any]]:
    """Read items of several tables in one round trip (per 100 keys).

    :param wanted: model class → keys (a hash key, or a pair).
    :param consistent: all tables, or just these, as they are this moment (twice the units).
    :returns: model class → key → item; what does not exist is absent.
    """
    found: dict[type[Table], dict[Key, Any]] = {model: {} for model in wanted}
    flat = [(model, key) for model, keys in wanted.items() for key in dict.fromkeys(keys)]
    by_name = {model.Meta.table_name: model for model in wanted}
    strict = set(wanted) if consistent is True else set(consistent or ())
    for start in range(0, len(flat), _BATCH):
        _batch_get_page(flat[start : start + _BATCH], by_name, found, strict)
    return found


def _batch_get_page(
    page: Sequence[tuple[type[Table], Key]],
    by_name: Mapping[str, type[Table]],
    found: dict[type[Table], dict[Key, Any]],
    strict: Collection[type[Table]],
) -> None:
    request: dict[str, Any] = {}
    for model, key in page:
        entry = request.setdefault(model.Meta.table_name, {"Keys": [], "ConsistentRead": model in strict})
        entry["Keys"].append(_raw_key(model, key))
    for attempt in range(6):
        answer = aws.client("dynamodb").batch_get_item(RequestItems=request)
        for name, items in answer["Responses"].items():
            model = by_name[name]
            for raw in items:
                item = model.from_raw_data(raw)
                found[model][_key_of(model, item)] = item
        request = answer.get("UnprocessedKeys") or {}
        if not request:
            return
        time.sleep(0.02 * 2**attempt)
    log.warning("DynamoDB kept leaving keys unprocessed")
    raise TooBusy()


def identity(item: Table) -> tuple[str, Key]:
    """Which item of which table *item* is."""
    return item.Meta.table_name, _key_of(type(item), item)


def _raw_key(model: type[Table], key: Key) -> dict[str, dict[str, str]]:
    hash_key, range_key = key if isinstance(key, tuple) else (key, None)
    raw = {model._hash_keyname or "": {"S": hash_key}}
    if range_key is not None:
        raw[model._range_keyname or ""] = {"S": range_key}
    return raw


def _key_of(model: type[Table], item: Table) -> Key:
    hash_key = getattr(item, model._hash_keyname or "")
    return (hash_key, getattr(item, model._range_keyname)) if model._range_keyname else hash_key
