"""The whole mall on this machine: partners, cloud, API, queues and schedules, in one process.

Used by ``python -m infra.local`` and by the tests that want real sockets. The order matters: the partners
know the keys, the keys are settings, and the mall reads its settings while it is imported.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local import memory, services, storage
from infra.local.runner import PortBusy, Runner

if TYPE_CHECKING:
    from infra.local.partners import Partners

REGION = "cn-northwest-1"
HOST = "127.0.0.1"
CONSOLE_ORIGIN = "http://127.0.0.1:5173"
#: Signs the laptop's tokens: nothing outside this machine believes them.
SESSION_SECRET = "a laptop keeps no secrets, and signs with this one"
GOODS_CODE_KEY = "a laptop keeps no secrets, and seals codes with this one"


class LaptopClock:
    """The time, minus a delay that can be caught up at once: "half an hour passes"."""

    def __init__(self, behind: timedelta = timedelta()) -> None:
        self.behind = behind

    def __call__(self) -> datetime:
        return datetime.now(UTC) - self.behind

    def catch_up(self) -> None:
        self.behind = timedelta()


@dataclass(frozen=True)
class Laptop:
    """The running mall."""

    url: str
    partners: Partners
    runner: Runner
    clock: LaptopClock


@contextmanager
def running(
    *,
    port: int,
    partners_port: int,
    directory: Path,
    clock: LaptopClock,
    database: str = "moto",
    log: Callable[[], logging.Handler] = logging.NullHandler,
) -> Iterator[Laptop]:
    """Everything started, and stopped at the end of the block. Once in a process: settings stay.

    :param directory: keeps the partners' keys, the log, the database file.
    :param database: ``moto`` (in memory) or ``dynoxide`` (a file). :param log: where logs go; called late.
    :raises PortBusy: the API's port is taken; see :func:`require_free`.
    :raises infra.local.dynoxide.Unavailable: it can not be had.
    """
    memory.prepare(REGION)
    from infra.local.partners import start

    with ExitStack() as stack:
        # Partners remember as long as the database does.
        books = directory / "partners-books.json" if database == "dynoxide" else None
        partners = start(partners_port, keys_path=directory / "partners.json", state_path=books, now=clock)
        stack.callback(partners.stop)
        url = f"http://{HOST}:{port}"
        os.environ.update(_environment(url), **partners.settings_environment())
        if database == "dynoxide":
            from infra.local import dynoxide

            os.environ["SIYU_DYNAMODB_ENDPOINT_URL"] = stack.enter_context(dynoxide.running(directory / "mall.db"))
        stack.enter_context(memory.running())
        runner = _build(stack, port, clock, log)
        runner.start()
        stack.callback(runner.stop)
        partners.wechat.pushes.enter(f"{url}/hooks/wechat")
        yield Laptop(url, partners, runner, clock)


def require_free(port: int, option: str) -> None:
    """:raises PortBusy: another program listens on *port*."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise PortBusy(
                f"port {port} is taken by another program: stop that, or choose another: make run {option}=…"
            ) from None


def _environment(url: str) -> dict[str, str]:
    return {
        "SIYU_STAGE": "local",
        "SIYU_REGION": REGION,
        "SIYU_SESSION_SECRET": SESSION_SECRET,
        "SIYU_PUBLIC_BASE_URL": url,
        "SIYU_MEDIA_BASE_URL": f"{url}{storage.PREFIX}/siyu-media",
        "SIYU_STORAGE_BASE_URL": f"{url}{storage.PREFIX}",
        "SIYU_CONSOLE_ORIGIN": CONSOLE_ORIGIN,
        "SIYU_SHOP_NAME": "屿上生活",
        "SIYU_WALLET_ENABLED": "true",
        "SIYU_GOODS_CODE_KEY": GOODS_CODE_KEY,
        "SIYU_UNPAID_CLOSE_MINUTES": "30",  # the story counts on it
    }


def _sweep_from(now: datetime) -> None:
    """In a kept database the last run may have swept past *now*: this one's clock begins behind."""
    from chalicelib.core import outbox

    for shard in range(outbox.SHARDS):
        mark = outbox.Watermark.find(f"outbox#{shard}")
        if mark is not None and mark.swept_to > now:
            outbox.Watermark(id=mark.id, swept_to=now).save()


def _build(stack: ExitStack, port: int, clock: LaptopClock, log: Callable[[], logging.Handler]) -> Runner:
    from app import app  # noqa: I001 - importing the mall configures logging: ours comes after it
    from chalicelib.core import aws, clock as mall_clock
    from chalicelib.core.logs import JsonFormatter
    from chalicelib.core.settings import settings
    from infra.local.cloud import Template, make

    handler = log()
    handler.setFormatter(JsonFormatter())
    logging.getLogger().handlers[:] = [handler]
    stack.enter_context(mall_clock.use(clock))
    make(Template.read(REGION), aws.client)
    _sweep_from(clock())
    mount = storage.Storage(aws.client("s3"), settings().media_bucket, REGION, CONSOLE_ORIGIN)
    door = services.Services(settings().dynamodb_endpoint_url, settings().table_prefix)
    runner = Runner(
        app,
        sqs=aws.client("sqs"),
        now=clock,
        queue_url_base=settings().queue_url_base,
        prefix=settings().table_prefix,
        region=REGION,
        host=HOST,
        port=port,
        mounts={storage.PREFIX: mount, services.PREFIX: door},
    )
    door.run_job = runner.run_job
    return runner
