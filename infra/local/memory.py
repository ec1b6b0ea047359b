"""AWS in memory: hardened moto in this process, its state cleared in place between tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from infra.local import moto_hardening
from infra.local.cloud import ACCOUNT

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "laptop",
    "AWS_SECRET_ACCESS_KEY": "laptop",
    # botocore would put the account id into the host name, which moto does not know.
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "AWS_EC2_METADATA_DISABLED": "true",
}


def prepare(region: str) -> None:
    """The environment in which no call can reach a real account. Before the first client."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL"):
        os.environ.pop(name, None)
    os.environ.update(ENVIRONMENT, AWS_DEFAULT_REGION=region, AWS_REGION=region)


@contextmanager
def running() -> Iterator[None]:
    """Hardened moto answers for AWS; what goes to the loopback (another DynamoDB) passes it by."""
    from moto import mock_aws

    moto_hardening.install()
    with mock_aws(
        config={
            "core": {"mock_credentials": False, "passthrough": {"urls": [r"https?://(127\.0\.0\.1|localhost)[:/]"]}}
        }
    ):
        yield


class Memory:
    """What moto holds for one region."""

    def __init__(self, region: str) -> None:
        from moto.dynamodb.models import dynamodb_backends
        from moto.s3.models import s3_backends
        from moto.sqs.models import sqs_backends

        partition = "aws-cn" if region.startswith("cn-") else "aws"
        self.dynamodb = dynamodb_backends[ACCOUNT][region]
        self._sqs = sqs_backends[ACCOUNT][region]
        self._s3 = s3_backends[ACCOUNT][partition]

    def clear(self) -> None:
        """Empty tables, queues and buckets; the resources themselves stay."""
        for table in self.dynamodb.tables.values():
            table.items.clear()
        self.clear_queues()
        for bucket in self._s3.buckets.values():
            bucket.keys.clear()
            bucket.multiparts.clear()
        moto_hardening.forget_tokens()

    def clear_queues(self) -> None:
        """Forget every message, also those in flight."""
        for queue in self._sqs.queues.values():
            queue._messages = []
            queue._pending_messages.clear()
            queue.deleted_messages.clear()

    def items(self, table: str) -> list[dict[str, Any]]:
        """Every item of a table in DynamoDB's JSON, in no order."""
        held = self.dynamodb.tables[table]
        rows = (
            [row for part in held.items.values() for row in part.values()]
            if held.has_range_key
            else held.items.values()
        )
        return [row.to_json()["Attributes"] for row in rows]

    def tables(self) -> list[str]:
        return list(self.dynamodb.tables)

    def bodies(self, queue: str) -> list[str]:
        """The bodies of all messages of a queue, in flight or not."""
        return [message.body for message in self._sqs.queues[queue]._messages]

    def queues(self) -> list[str]:
        return list(self._sqs.queues)

    def objects(self) -> dict[tuple[str, str], str]:
        """(bucket, key) → ETag of every object."""
        return {
            (name, key): value.etag for name, bucket in self._s3.buckets.items() for key, value in bucket.keys.items()
        }

    def end_visibility_timeouts(self) -> None:
        """As if an hour had passed for the queues: what died with its consumer is delivered again."""
        for queue in self._sqs.queues.values():
            for message in queue._messages:
                message.visible_at = message.delayed_until = 0.0
            queue._pending_messages.clear()
