"""One session and one client per service for the whole process.

pynamodb would build a botocore client for each model class: 15 of them cost more than two
seconds of CPU at a cold start (measured), one costs a tenth of a second.
"""

from __future__ import annotations

from functools import cache
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config

from chalicelib.core import metrics
from chalicelib.core.settings import settings

_lock = Lock()


@cache
def _session() -> boto3.session.Session:
    return boto3.session.Session(region_name=settings().region)


@cache
def _make(service: str) -> Any:
    # A queue that hangs must not hold back an answer whose writes stand: the sweep sends what was left.
    patience = {"read_timeout": 2, "attempts": 2} if service == "sqs" else {"read_timeout": 5, "attempts": 4}
    config = Config(
        connect_timeout=1,
        read_timeout=patience["read_timeout"],
        retries={"mode": "standard", "total_max_attempts": patience["attempts"]},
        max_pool_connections=64,
        parameter_validation=service != "dynamodb",
        tcp_keepalive=True,
        signature_version="s3v4" if service == "s3" else None,
    )
    endpoint = settings().dynamodb_endpoint_url if service == "dynamodb" else None
    made = _session().client(service, config=config, endpoint_url=endpoint)
    if service == "dynamodb":
        made.meta.events.register("after-call.dynamodb", _note_retries)
    return made


def _note_retries(parsed: dict[str, Any], model: Any, **_: Any) -> None:
    """Throttled, or not answered: botocore repeats it in silence, and the buyer waits."""
    if retries := parsed.get("ResponseMetadata", {}).get("RetryAttempts"):
        metrics.record("database call repeated", {"DatabaseRetries": retries}, operation=model.name)


def client(service: str) -> Any:
    """The process's client of *service* (``dynamodb``, ``sqs``, ``s3``)."""
    with _lock:
        return _make(service)


def forget() -> None:
    """Drop session and clients: for tests that move to another cloud."""
    _make.cache_clear()
    _session.cache_clear()


def queue_url(queue: str) -> str:
    """The URL of a queue of ``infra/aws/data.yaml`` by its short name; costs no call."""
    return settings().queue_url_base + queue
