"""Object storage: files in two buckets, uploads straight from phones and browsers.

``MEDIA`` holds what buyers see, ``WORK`` holds imports, exports and the search index. A client uploads to
``MEDIA`` with a signed form (S3 POST policy), so bytes never pass through a function; :func:`confirm` then
looks at what really arrived.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus
from typing import IO, Any
from urllib.parse import quote, urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.core import aws, clock
from chalicelib.core.settings import settings
from chalicelib.gateways.object_storage import media
from chalicelib.gateways.object_storage.errors import (
    MediaTooLarge,
    StorageUnavailable,
    UnsupportedMedia,
    UploadNotFound,
)

UPLOADS = "uploads/"
UPLOAD_LIFETIME = timedelta(minutes=15)
#: Keys are random, so what is under a key never changes.
_IMMUTABLE = "public, max-age=31536000, immutable"
_SAFE_KEY = re.compile(r"[A-Za-z0-9_\-][A-Za-z0-9._\-]*(/[A-Za-z0-9_\-][A-Za-z0-9._\-]*)*")
_UPLOAD_KEY = re.compile(UPLOADS + r"(image|video)/\d{6}/[0-9a-f]{32}\.([a-z0-9]+)")
_MAX_KEY = 512
_OVERTAKEN = {"PreconditionFailed", "ConditionalRequestConflict"}
_MISSING = {"NoSuchKey", "404", "NotFound", "InvalidRange"}  # the last: an empty object has no first bytes


class Bucket(StrEnum):
    """The two buckets of ``infra/aws/data.yaml``."""

    MEDIA = "media"
    WORK = "work"


@dataclass(frozen=True)
class Upload:
    """A signed form: POST ``fields`` and then ``file`` as multipart/form-data to ``url`` before ``expires_at``.

    It is good for exactly this key and content type, and for 1 to ``max_bytes`` bytes.
    """

    key: str
    url: str
    fields: dict[str, str]
    content_type: str
    max_bytes: int
    expires_at: datetime


@dataclass(frozen=True)
class ObjectInfo:
    """What is known of a stored object without reading it. ``size`` in bytes."""

    size: int
    content_type: str
    etag: str


@dataclass(frozen=True)
class Media:
    """A confirmed upload: what it really is, and where buyers read it."""

    key: str
    url: str
    content_type: str
    size: int


def presign_upload(content_type: str) -> Upload:
    """A form with which a client uploads one file of *content_type* to a new random key.

    :raises UnsupportedMedia: not jpeg, png, webp, gif (5 MB) or mp4 (50 MB).
    """
    kind = media.BY_CONTENT_TYPE.get(content_type)
    if kind is None:
        raise UnsupportedMedia(accepted=sorted(media.BY_CONTENT_TYPE))
    key = f"{UPLOADS}{kind.kind}/{clock.today():%Y%m}/{secrets.token_hex(16)}.{kind.extension}"
    return _form(Bucket.MEDIA, key, content_type, kind.max_bytes, {"Cache-Control": _IMMUTABLE})


def presign_work_upload(key: str, content_type: str, max_bytes: int) -> Upload:
    """A form with which a client uploads one private file (an import) to *key* of the work bucket."""
    return _form(Bucket.WORK, safe_key(key), content_type, max_bytes, {})


def confirm(key: str) -> Media:
    """Look at what was uploaded under *key*: its size and first bytes, whatever its name says.

    A file that is not what its key promises is deleted and refused. Asking twice is safe.

    :raises UploadNotFound: not a key of :func:`presign_upload`, or nothing is there.
    :raises UnsupportedMedia: the first bytes are another type's.
    :raises MediaTooLarge: more bytes than the type allows.
    """
    match = _UPLOAD_KEY.fullmatch(key)
    promised = media.BY_EXTENSION.get(match[2]) if match else None
    if promised is None:
        raise UploadNotFound(key=key[:200])
    first, info = _first_bytes(key)
    if media.sniff(first) != promised:
        delete(Bucket.MEDIA, key)
        raise UnsupportedMedia(accepted=sorted(media.BY_CONTENT_TYPE))
    if info.size > promised.max_bytes:
        delete(Bucket.MEDIA, key)
        raise MediaTooLarge(limit=promised.max_bytes)
    return Media(key, media_url(key), promised.content_type, info.size)


def media_url(key: str) -> str:
    """Where everybody reads the object *key* of the media bucket (setting ``media_base_url``)."""
    return f"{settings().media_base_url.rstrip('/')}/{quote(safe_key(key))}"


def put(bucket: Bucket, key: str, content: bytes | IO[bytes], content_type: str = "application/octet-stream") -> None:
    """Store *content* (bytes, or a seekable stream) under *key*, whole or not at all."""
    cache = {"CacheControl": _IMMUTABLE} if bucket is Bucket.MEDIA else {}
    with _errors():
        aws.client("s3").put_object(
            Bucket=_name(bucket), Key=safe_key(key), Body=content, ContentType=content_type, **cache
        )


def join(bucket: Bucket, key: str, parts: Sequence[str], last: bytes, content_type: str) -> None:
    """Store under *key* what lies under *parts*, in their order, and then *last*: whole or not at all.

    The parts are copied inside of S3. Each must have 5 MiB at least, and there are 9,999 at most: its own rules.
    """
    if not parts:
        put(bucket, key, last, content_type)
        return
    name, to = _name(bucket), {"Bucket": _name(bucket), "Key": safe_key(key)}
    with _errors():
        s3 = aws.client("s3")
        upload = {**to, "UploadId": s3.create_multipart_upload(**to, ContentType=content_type)["UploadId"]}
        done = []
        for number, part in enumerate(parts, 1):
            source = {"Bucket": name, "Key": safe_key(part)}
            copied = s3.upload_part_copy(**upload, PartNumber=number, CopySource=source)
            done.append({"PartNumber": number, "ETag": copied["CopyPartResult"]["ETag"]})
        if last:
            sent = s3.upload_part(**upload, PartNumber=len(parts) + 1, Body=last)
            done.append({"PartNumber": len(parts) + 1, "ETag": sent["ETag"]})
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": done})


def put_if(bucket: Bucket, key: str, content: bytes, content_type: str, *, etag: str | None) -> bool:
    """Store *content* only while the object is the one of that *etag* (None: while there is none).

    :returns: whether it was; False means that another writer came first.
    """
    condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
    with _errors():
        try:
            aws.client("s3").put_object(
                Bucket=_name(bucket), Key=safe_key(key), Body=content, ContentType=content_type, **condition
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _OVERTAKEN | _MISSING:
                return False
            raise
    return True


def get(bucket: Bucket, key: str) -> bytes | None:
    """The whole object; None when there is none."""
    found = get_with_etag(bucket, key)
    return found[0] if found else None


def get_with_etag(bucket: Bucket, key: str) -> tuple[bytes, str] | None:
    """The whole object and the mark of this content, for :func:`put_if`; None when there is none."""
    answer = _get(bucket, key)
    if answer is None:
        return None
    with answer["Body"] as stream, _errors():
        return stream.read(), answer["ETag"].strip('"')


def open_stream(bucket: Bucket, key: str, *, start: int = 0) -> IO[bytes] | None:
    """The object, from its byte *start* on, as a stream to read in pieces (close it); None when there is none."""
    answer = _get(bucket, key, **({"Range": f"bytes={start}-"} if start else {}))
    return answer["Body"] if answer else None


def head(bucket: Bucket, key: str) -> ObjectInfo | None:
    """Size and type; None when there is no such object."""
    with _errors():
        try:
            answer = aws.client("s3").head_object(Bucket=_name(bucket), Key=safe_key(key))
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise
    return ObjectInfo(answer["ContentLength"], answer["ContentType"], answer["ETag"].strip('"'))


def delete(bucket: Bucket, key: str) -> None:
    """Remove the object; nothing happens when there is none."""
    with _errors():
        aws.client("s3").delete_object(Bucket=_name(bucket), Key=safe_key(key))


def presign_download(bucket: Bucket, key: str, *, filename: str, lifetime: timedelta = UPLOAD_LIFETIME) -> str:
    """A URL that gives the object, private as it is, to whoever holds it, for a while, saved as *filename* (ASCII)."""
    disposition = f'attachment; filename="{safe_key(filename)}"'
    parameters = {"Bucket": _name(bucket), "Key": safe_key(key), "ResponseContentDisposition": disposition}
    url: str = aws.client("s3").generate_presigned_url(
        "get_object", parameters, ExpiresIn=int(lifetime.total_seconds())
    )
    return _reachable(bucket, url)


def safe_key(key: str) -> str:
    """*key*, if it is plain: ASCII letters, digits, ``-_.`` in parts between single slashes, no part begins with a dot.

    :raises ValueError: it is not; keys are made by programs, so this is a bug and no refusal.
    """
    if len(key) > _MAX_KEY or not _SAFE_KEY.fullmatch(key):
        raise ValueError(f"not a safe key: {key[:100]!r}")
    return key


def _form(bucket: Bucket, key: str, content_type: str, max_bytes: int, more: dict[str, str]) -> Upload:
    fixed = {"Content-Type": content_type, "success_action_status": "204", **more}
    conditions: list[Any] = [{name: value} for name, value in fixed.items()]
    conditions.append(["content-length-range", 1, max_bytes])
    form = aws.client("s3").generate_presigned_post(
        _name(bucket),
        key,
        Fields=dict(fixed),
        Conditions=conditions,
        ExpiresIn=int(UPLOAD_LIFETIME.total_seconds()),
    )
    expires_at = clock.now() + UPLOAD_LIFETIME
    return Upload(key, _reachable(bucket, form["url"]), form["fields"], content_type, max_bytes, expires_at)


def _first_bytes(key: str) -> tuple[bytes, ObjectInfo]:
    answer = _get(Bucket.MEDIA, key, Range=f"bytes=0-{media.FIRST_BYTES - 1}")
    if answer is None:
        raise UploadNotFound(key=key)
    with answer["Body"] as body, _errors():
        first = body.read()
    size = int(answer["ContentRange"].rpartition("/")[2])
    return first, ObjectInfo(size, answer["ContentType"], answer["ETag"].strip('"'))


def _get(bucket: Bucket, key: str, **more: str) -> Any:
    with _errors():
        try:
            return aws.client("s3").get_object(Bucket=_name(bucket), Key=safe_key(key), **more)
        except ClientError as error:
            if error.response["Error"]["Code"] in _MISSING:
                return None
            raise


@contextmanager
def _errors() -> Iterator[None]:
    """The client has retried already: what still fails is shown as one refusal."""
    try:
        yield
    except ClientError as error:
        # Forbidden, wrong bucket, bad request: ours to mend. Everything else may pass.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        raise StorageUnavailable() from error
    except (BotoCoreError, OSError) as error:
        raise StorageUnavailable() from error


def _reachable(bucket: Bucket, url: str) -> str:
    """A signed URL as clients can follow it: S3's own, unless there is another way to it."""
    base, parts = settings().storage_base_url, urlsplit(url)
    if base is None:
        return url
    return f"{base}/{_name(bucket)}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def _name(bucket: Bucket) -> str:
    return settings().media_bucket if bucket is Bucket.MEDIA else settings().work_bucket
