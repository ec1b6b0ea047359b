"""S3 on the loopback: what signed forms and signed links lead to when a person or a phone follows them.

The mall itself talks to the laptop's buckets in process. Here stands only what S3 shows to others: reading
media, posting an upload with a signed policy, fetching a private file by a signed link. Rules are S3's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.sax.saxutils import escape

from botocore.exceptions import ClientError

from infra.local.gateway import Answer
from infra.local.memory import ENVIRONMENT

PREFIX = "/_s3"
_SECRET = ENVIRONMENT["AWS_SECRET_ACCESS_KEY"]
_FREE_FIELDS = {"policy", "x-amz-signature", "file"}


class _Refused(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True)
class Storage:
    """The mount. *public_bucket* is readable by everybody, the others by signed link only."""

    s3: Any
    public_bucket: str
    region: str
    origin: str

    def __call__(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        parts = urlsplit(target)
        bucket, _, key = unquote(parts.path).removeprefix(PREFIX).strip("/").partition("/")
        try:
            if method == "POST" and not key:
                return self._upload(bucket, {k.lower(): v for k, v in headers}.get("content-type", ""), body)
            if method in ("GET", "HEAD") and key:
                if bucket != self.public_bucket:
                    self._check_link(method, bucket, key, parts.query)
                return self._object(bucket, key, dict(parse_qsl(parts.query)))
            raise _Refused(405, "MethodNotAllowed", "read an object, or post a form to a bucket")
        except _Refused as refused:
            return _error(refused.status, refused.code, refused.message)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return _error(status, error.response["Error"]["Code"], error.response["Error"]["Message"])

    def _object(self, bucket: str, key: str, query: dict[str, str]) -> Answer:
        found = self.s3.get_object(Bucket=bucket, Key=key)
        shown = {
            "Content-Type": found["ContentType"],
            "ETag": found["ETag"],
            "Cache-Control": found.get("CacheControl"),
        }
        shown["Content-Disposition"] = query.get("response-content-disposition")
        return Answer(200, [*((k, v) for k, v in shown.items() if v), *self._cors()], found["Body"].read())

    def _upload(self, bucket: str, content_type: str, body: bytes) -> Answer:
        fields = _form(content_type, body)
        file = fields.pop("file", None)
        if file is None or "key" not in fields:
            raise _Refused(400, "InvalidArgument", "the form needs key and file")
        texts = {name: value.decode() for name, value in fields.items()}
        self._check_policy(bucket, texts, len(file))
        more = {"CacheControl": texts["cache-control"]} if "cache-control" in texts else {}
        kind = texts.get("content-type", "binary/octet-stream")
        self.s3.put_object(Bucket=bucket, Key=texts["key"], Body=file, ContentType=kind, **more)
        return Answer(int(texts.get("success_action_status", "204")), self._cors(), b"")

    def _check_policy(self, bucket: str, fields: dict[str, str], size: int) -> None:
        policy = fields.get("policy", "")
        signed = _sign(_signing_key(fields.get("x-amz-date", "")[:8], self.region), policy)
        if not hmac.compare_digest(signed.hex(), fields.get("x-amz-signature", "")):
            raise _Refused(403, "SignatureDoesNotMatch", "the policy is not signed by the mall")
        document = json.loads(base64.b64decode(policy))
        if datetime.fromisoformat(document["expiration"]) < datetime.now(UTC):
            raise _Refused(403, "AccessDenied", "Invalid according to Policy: Policy expired.")
        given = {**fields, "bucket": bucket}
        covered = {name for each in document["conditions"] if (name := _check_condition(each, given, size))}
        if extra := given.keys() - covered - _FREE_FIELDS:
            raise _Refused(
                403, "AccessDenied", f"Invalid according to Policy: Extra input fields: {', '.join(sorted(extra))}"
            )

    def _check_link(self, method: str, bucket: str, key: str, query: str) -> None:
        given = dict(parse_qsl(query, keep_blank_values=True))
        signature, date = given.pop("X-Amz-Signature", ""), given.get("X-Amz-Date", "")
        scope = f"{date[:8]}/{self.region}/s3/aws4_request"
        listed = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(given.items()))
        host = f"{bucket}.s3.{self.region}.amazonaws.com" + (".cn" if self.region.startswith("cn-") else "")
        request = f"{method}\n/{quote(key, safe='/-_.~')}\n{listed}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD"
        text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        if not signature or not hmac.compare_digest(_sign(_signing_key(date[:8], self.region), text).hex(), signature):
            raise _Refused(403, "AccessDenied", "a private file is read by a signed link")
        made = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        if datetime.now(UTC) > made + timedelta(seconds=int(given["X-Amz-Expires"])):
            raise _Refused(403, "AccessDenied", "Request has expired")

    def _cors(self) -> list[tuple[str, str]]:
        return [("Access-Control-Allow-Origin", self.origin), ("Access-Control-Expose-Headers", "ETag")]


def _check_condition(condition: Any, given: dict[str, str], size: int) -> str | None:
    """Hold one condition of a policy; the field it is about, in lower case."""
    if isinstance(condition, dict):
        ((name, value),) = condition.items()
        condition = ["eq", f"${name}", value]
    kind, name, value = condition
    if kind == "content-length-range":
        if not int(name) <= size <= int(value):
            code = "EntityTooLarge" if size > int(value) else "EntityTooSmall"
            raise _Refused(400, code, f"{size} bytes; {name} to {value} are allowed")
        return None
    field = str(name).removeprefix("$").lower()
    held = given.get(field, "").startswith(value) if kind == "starts-with" else given.get(field) == value
    if not held:
        raise _Refused(403, "AccessDenied", f"Invalid according to Policy: Policy Condition failed: {condition}")
    return field


def _form(content_type: str, body: bytes) -> dict[str, bytes]:
    """The fields of a multipart/form-data body by lower-case name."""
    _, found, boundary = content_type.partition("boundary=")
    if not content_type.lower().startswith("multipart/form-data") or not found:
        raise _Refused(400, "MalformedPOSTRequest", "multipart/form-data is needed")
    fields: dict[str, bytes] = {}
    for part in body.split(b"--" + boundary.strip('"').encode())[1:-1]:
        head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = head.decode("utf-8", "replace").partition('name="')[2].partition('"')[0].lower()
        if name:
            fields[name] = value.removesuffix(b"\r\n")
    return fields


def _signing_key(date: str, region: str) -> bytes:
    key = f"AWS4{_SECRET}".encode()
    for part in (date, region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def _sign(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _error(status: int, code: str, message: str, headers: Iterable[tuple[str, str]] = ()) -> Answer:
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    body = f"{head}\n<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>"
    return Answer(status, [("Content-Type", "application/xml"), *headers], body.encode())
