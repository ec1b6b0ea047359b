"""The test bench: an environment that can reach nothing but the loopback, and the laptop's cloud in memory.

The environment is set while this file is imported, so that it stands before any module of the mall.
"""

from __future__ import annotations

import itertools
import os
import random
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest

from infra.local import dynoxide, memory
from infra.local.cloud import Template, make, make_tables
from infra.local.partners import Partners
from infra.local.partners import start as start_partners
from infra.local.partners.keys import credentials

# Every example has a world of its own making, and slow machines are no defect.
hypothesis.settings.register_profile(
    "mall",
    hypothesis.settings(),
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture, hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("mall")

REGION = "cn-northwest-1"
_CACHE = Path(tempfile.gettempdir()) / f"siyu-tests-{os.getuid()}"


def _free_port() -> int:
    """Below the range from which outgoing connections take theirs, so that it is still free when we listen."""
    while True:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port := random.randrange(20_000, 30_000)))
            except OSError:
                continue
            return port


PARTNERS_PORT = _free_port()


def _environment() -> dict[str, str]:
    # The keys are kept on this machine: making them takes a second. Nobody listens on the partners' port
    # until a test asks for the `partners` fixture.
    world, base = credentials(_CACHE / "partners.json"), f"http://127.0.0.1:{PARTNERS_PORT}"
    return {
        "SIYU_STAGE": "test",
        "SIYU_REGION": REGION,
        "SIYU_SESSION_SECRET": "a secret of the tests and of nothing else",
        "SIYU_PUBLIC_BASE_URL": "https://mall.test",
        **world.environment(f"{base}/wechat", f"{base}/wechat-pay"),
    }


for _name in [name for name in os.environ if name.startswith("SIYU_")]:
    del os.environ[_name]
os.environ.update(_environment())
memory.prepare(REGION)

from tests import recorder  # noqa: E402
from tests.harness import Client, Cloud, MovableClock  # noqa: E402


@pytest.fixture(scope="session", autouse=True)
def _closed_sockets() -> Iterator[None]:
    """Nothing but the loopback can be reached: a test that tries fails at once and says where to."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo
    own = {"127.0.0.1", "::1", "localhost", "", None}

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in own:
            raise OSError(f"tests reach the loopback only, not {address[0]}")
        connect(self, address)

    def guarded_look_up(host: Any, *rest: Any, **more: Any) -> Any:
        if host not in own:
            raise OSError(f"tests reach the loopback only, not {host}")
        return look_up(host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(scope="session", autouse=True)
def _short_pauses() -> Iterator[None]:
    """A partner that did not answer is asked again after milliseconds."""
    from chalicelib.core import http

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http, "_PAUSE_SECONDS", 0.002)
        yield


@pytest.fixture(autouse=True)
def _settings_come_back() -> Iterator[None]:
    """A test may set ``SIYU_*`` with monkeypatch and clear the settings' cache: the next test has its own again.

    Set up before monkeypatch, therefore torn down after it.
    """
    from chalicelib.core.settings import settings

    before = settings()
    yield
    if settings() is not before:
        settings.cache_clear()


@pytest.fixture
def stored_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """The wallet, which is off by default, is offered."""
    from chalicelib.core.settings import settings

    monkeypatch.setenv("SIYU_WALLET_ENABLED", "true")
    settings.cache_clear()


@pytest.fixture(scope="session")
def _template() -> Template:
    return Template.read(REGION)


@pytest.fixture(scope="session")
def _memory(_template: Template) -> Iterator[memory.Memory]:
    from chalicelib.core import aws

    with memory.running():
        aws.forget()
        make(_template, aws.client)
        yield memory.Memory(REGION)
    aws.forget()


@pytest.fixture
def database(request: pytest.FixtureRequest, _memory: memory.Memory, _template: Template) -> Iterator[Any]:
    """None where moto holds the tables, else dynoxide's client. ``DB=dynoxide`` runs every test on dynoxide."""
    if getattr(request, "param", os.environ.get("DB") or "moto") == "moto":
        yield None
        return
    from chalicelib.core import aws

    try:
        binary = dynoxide.ensure()
    except dynoxide.Unavailable as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))
    server = dynoxide.Server(binary)
    original, client = aws._make, _client_at(server.url)
    aws._make = lambda service: client if service == "dynamodb" else original(service)  # type: ignore[assignment]
    try:
        make_tables(_template, client)
        yield client
    finally:
        aws._make = original
        client.close()
        server.stop()


def _client_at(url: str) -> Any:
    """The client that the mall makes when the setting names another DynamoDB."""
    from chalicelib.core import aws
    from chalicelib.core.settings import settings

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SIYU_DYNAMODB_ENDPOINT_URL", url)
        settings.cache_clear()
        client = aws._make.__wrapped__("dynamodb")
    settings.cache_clear()
    return client


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.definition.get_closest_marker("dynoxide"):
        metafunc.parametrize("database", ["moto", "dynoxide"], indirect=True)


#: What keeps a copy of a table in the process; each has its ``forget()``.
KEEPERS = (
    "chalicelib.gateways.search_index.service",
    "chalicelib.growth.campaigns.flash_sale.memory.service",
    "chalicelib.growth.service_desk.faq.service",
    "chalicelib.loyalty.coupons.claims.service",
    "chalicelib.mall.catalog.taxonomy.service",
    "chalicelib.mall.storefront.layouts.service",
    "chalicelib.mall.stores.service",
    "chalicelib.trade.fulfillment.carriers.service",
)


@pytest.fixture
def cloud(_memory: memory.Memory, database: Any) -> Cloud:
    """Tables, queues and buckets of ``infra/aws/data.yaml``, all empty."""
    from chalicelib.core.settings import settings

    _memory.clear()
    for name in KEEPERS:
        if module := sys.modules.get(name):
            module.forget()
    return Cloud(settings().table_prefix, _memory, database)


@pytest.fixture
def frozen() -> Iterator[MovableClock]:
    """The mall's clock stands still at :data:`tests.harness.START`; ``frozen.move(minutes=31)``."""
    from chalicelib.core import clock

    movable = MovableClock()
    with clock.use(movable):
        yield movable


@pytest.fixture(scope="session")
def _app() -> Any:
    from app import app

    return app


@pytest.fixture(scope="session")
def _gateway(_app: Any) -> Any:
    from infra.local.gateway import Gateway

    return Gateway(_app)


@pytest.fixture
def http(request: pytest.FixtureRequest, cloud: Cloud, _gateway: Any) -> Client:
    """The API, in process. ``http.as_(token).post("/cart/items", json={...})``."""
    return Client(_gateway, _movable(request))


@pytest.fixture
def serve(request: pytest.FixtureRequest, cloud: Cloud) -> Callable[..., Client]:
    """``serve(api, ...)``: a client of an app that has these blueprints only, for tests of the kernel."""
    from chalicelib.core.api import House
    from infra.local.gateway import Gateway

    def run(*apis: Any) -> Client:
        house = House("part")
        for api in apis:
            house.register_blueprint(api)
        return Client(Gateway(house), _movable(request))

    return run


def _movable(request: pytest.FixtureRequest) -> MovableClock | None:
    return request.getfixturevalue("frozen") if "frozen" in request.fixturenames else None


@pytest.fixture(scope="session")
def _consumers(_app: Any) -> list[Any]:
    from chalicelib.core.settings import settings
    from infra.local import queues

    return queues.consumers(_app, settings().queue_url_base, settings().table_prefix, REGION)


@pytest.fixture
def drain(cloud: Cloud, _consumers: list[Any]) -> Callable[..., Any]:
    """``drain()`` delivers all messages through the real handlers until the queues are empty.

    What a dead consumer left in flight is delivered again. A message that fails fails the test, unless
    ``drain(expect_failures=True)``; ``drain(redeliver=True)`` retries failures at once, up to the dead letters;
    ``drain(twice=True)`` delivers every message twice.
    """
    from chalicelib.core import aws
    from infra.local import queues

    def run(*, expect_failures: bool = False, redeliver: bool = False, twice: bool = False) -> queues.Delivered:
        cloud.memory.end_visibility_timeouts()
        return queues.drain(
            _consumers,
            aws.client("sqs"),
            expect_failures=expect_failures or redeliver,
            redeliver=cloud.memory.end_visibility_timeouts if redeliver else None,
            twice=twice,
            holds=lambda queue: bool(cloud.memory.bodies(queue)),
        )

    return run


@pytest.fixture
def sweep(cloud: Cloud, frozen: MovableClock, drain: Callable[..., Any]) -> Callable[..., Any]:
    """``sweep(minutes=31)``: time passes, what became due is sent, and delivered. ``sweep()`` moves two minutes:
    far enough for what a dead process did not send."""
    from chalicelib.core import outbox

    def run(minutes: float = 2, **how: Any) -> Any:
        end = frozen.at + timedelta(minutes=minutes)
        try:
            for stop in _stops(_due_slots(cloud, end), end):
                frozen.set(stop)
                _leap(cloud, stop)
                outbox.sweep()
        finally:
            frozen.set(end)
        return drain(**how)

    return run


_GAP = timedelta(minutes=5)


def _due_slots(cloud: Cloud, end: datetime) -> list[datetime]:
    """The minutes whose slots hold something that is due by *end*."""
    from chalicelib.core import outbox

    slots = (each["slot"]["S"].partition("#")[0] for each in cloud.items("outbox"))
    found = {datetime.fromisoformat(f"{slot}:00+00:00") for slot in slots if slot != outbox.PARKED}
    return sorted(slot for slot in found if slot <= end)


def _stops(slots: list[datetime], end: datetime) -> list[datetime]:
    """When the sweep runs: after each cluster of due slots, and at the end. The hours in between are empty."""
    after = [slot for slot, following in itertools.pairwise([*slots, end]) if following - slot > _GAP]
    return [*(slot + timedelta(minutes=1) for slot in after), end]


def _leap(cloud: Cloud, now: datetime) -> None:
    """In AWS a sweep has run each minute since the first day: the watermarks know of the empty minutes."""
    from chalicelib.core import outbox

    left = _due_slots(cloud, now)
    to = min([now - outbox.LOOKBACK, *left[:1]])
    for shard in range(outbox.SHARDS):
        mark = outbox.Watermark.find(f"outbox#{shard}", consistent=True)
        if mark is None or mark.swept_to < to:
            outbox.Watermark(id=f"outbox#{shard}", swept_to=to).save()


@pytest.fixture(scope="session")
def _partners() -> Iterator[Partners]:
    from chalicelib.core import clock

    keys = _CACHE / "partners.json"
    running = start_partners(PARTNERS_PORT, keys_path=keys, now=lambda: clock.now(), automatic_notices=False)
    yield running
    running.stop()


@pytest.fixture
def partners(request: pytest.FixtureRequest, _partners: Partners) -> Partners:
    """WeChat, WeChat Pay and Kuaidi100, played over HTTP, with nothing in their books; their clock is the mall's.

    Notices wait for ``partners.wechat_pay.notices.deliver_due()``, which hands them to the app in process; so do
    callbacks, for ``partners.kuaidi100.callbacks.deliver_due()``, and pushes, for
    ``partners.wechat.pushes.deliver_due()``.
    """
    from chalicelib.gateways.wechat import client

    def post(url: str, headers: dict[str, str], body: bytes) -> int:
        gateway = request.getfixturevalue("_gateway")
        status: int = gateway.request("POST", urlsplit(url).path, headers.items(), body, "101.226.103.1").status
        return status

    def call_back(url: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        gateway, parts = request.getfixturevalue("_gateway"), urlsplit(url)
        answer = gateway.request("POST", f"{parts.path}?{parts.query}", headers.items(), body, "115.159.87.111")
        return answer.status, answer.body

    _partners.reset()
    _partners.wechat_pay.notices.post = post
    _partners.kuaidi100.callbacks.post = call_back
    pushes = _partners.wechat.pushes
    pushes.url, pushes.mode, pushes.form, pushes.post = "https://mall.test/hooks/wechat", "safe", "json", call_back
    client.access_token.forget()
    return _partners


def pytest_configure(config: pytest.Config) -> None:
    sys.path.insert(0, str(config.rootpath))
    recorder.install(config)
    config.addinivalue_line("markers", "dynoxide: runs on moto and, where npm can deliver it, on dynoxide too")
