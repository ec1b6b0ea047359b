"""The laptop's AWS for programs outside of it, such as ``python -m infra.ops``.

``http://127.0.0.1:8000/_local/aws`` takes what boto3 sends when that is its endpoint: DynamoDB, SQS, S3 and whatever
else moto plays, and of Lambda the call of a scheduled function. Loopback only, no signature is checked.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore.awsrequest import AWSPreparedRequest, HeadersDict

from infra.local.gateway import Answer, refusal

PREFIX = "/_local/aws"
_SCOPE = re.compile(r"Credential=[^/]+/\d{8}/([^/]+)/([^/]+)/aws4_request")
_INVOKE = re.compile(r"/2015-03-31/functions/([^/]+)/invocations")


class Services:
    """A mount of the runner. ``run_job`` is given once there is a runner.

    :param dynamodb: the URL of another DynamoDB than moto's. :param prefix: in front of function names.
    """

    def __init__(self, dynamodb: str | None, prefix: str) -> None:
        self._dynamodb, self._prefix = dynamodb, prefix
        self.run_job: Callable[[str], Any] | None = None

    def __call__(self, method: str, target: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
        given = {name.lower(): value for name, value in headers}
        scope = _SCOPE.search(given.get("authorization", ""))
        if scope is None:
            text = f"AWS requests as boto3 signs them, with {PREFIX} as its endpoint"
            return refusal(400, "bad_request", text, str(uuid.uuid4()))
        region, service = scope.groups()
        path = target.removeprefix(PREFIX) or "/"
        if service == "lambda":
            return self._invoke(path)
        if service == "dynamodb" and self._dynamodb:
            return _forwarded(method, self._dynamodb, given, body)
        return _played(method, f"https://{service}.{region}.amazonaws.com{path}", headers, body)

    def _invoke(self, path: str) -> Answer:
        """A scheduled function, run at once: its answer, or Lambda's way to say that it raised."""
        found = _INVOKE.fullmatch(urlsplit(path).path)
        name = found[1].removeprefix(self._prefix) if found else ""
        if self.run_job is None or not name:
            return _json(404, {"Type": "User", "Message": f"Function not found: {path}"}, "ResourceNotFoundException")
        try:
            return _json(200, self.run_job(name))
        except KeyError as error:
            return _json(404, {"Type": "User", "Message": str(error)}, "ResourceNotFoundException")
        except Exception as error:
            fault = {"errorType": type(error).__name__, "errorMessage": str(error)}
            answer = _json(200, fault)
            return Answer(200, [*answer.headers, ("X-Amz-Function-Error", "Unhandled")], answer.body)


def _played(method: str, url: str, headers: list[tuple[str, str]], body: bytes) -> Answer:
    from moto.core.models import botocore_stubber

    sent = HeadersDict({name: value for name, value in headers if name.lower() != "host"})
    answer = botocore_stubber("before-send", AWSPreparedRequest(method, url, sent, body, stream_output=False))
    if answer is None:
        return refusal(501, "not_implemented", f"moto does not play {url}", str(uuid.uuid4()))
    return Answer(int(answer.status_code), _carried(answer.headers.items()), answer.content)


def _forwarded(method: str, url: str, given: dict[str, str], body: bytes) -> Answer:
    sent = {name: given[name] for name in ("authorization", "content-type", "x-amz-date", "x-amz-target")}
    with urllib3.PoolManager(retries=False) as pool:
        answer = pool.request(method, f"{url}/", body=body, headers=sent)
    return Answer(answer.status, _carried(answer.headers.items()), answer.data)


def _carried(headers: Any) -> list[tuple[str, str]]:
    hop = {"connection", "transfer-encoding", "content-length", "date", "server"}
    return [(name, str(value)) for name, value in headers if name.lower() not in hop]


def _json(status: int, value: Any, error: str = "") -> Answer:
    headers = [("Content-Type", "application/json"), *([("X-Amzn-ErrorType", error)] if error else [])]
    return Answer(status, headers, json.dumps(value, ensure_ascii=False, default=str).encode())
