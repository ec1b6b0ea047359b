"""Files ship many orders: once, row by row, whatever dies on the way."""

from __future__ import annotations

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.core import inbox
from chalicelib.core.aws import client
from chalicelib.core.settings import settings
from chalicelib.trade.fulfillment.batches.errors import BatchOvertaken
from chalicelib.trade.fulfillment.batches.models import Batch, BatchStatus
from chalicelib.trade.fulfillment.batches.worker import service as worker
from chalicelib.trade.fulfillment.carriers import service as carriers
from chalicelib.trade.orders.models import OrderStatus
from infra.local.faults import every_death
from tests.trade.fulfillment.factories import (
    cancel_paid,
    now_of,
    paid,
    parcels_of,
    shipment_of,
    staff_token,
    to_ship,
    waybill,
)

pytestmark = pytest.mark.usefixtures("cloud", "frozen")
HEAD = "订单号,快递公司,运单号,规格编号,数量,允许重复运单\n"
PATH = "/admin/shipping-batches"


def row(order, number, pieces=",", used=""):
    return f"{order.number},顺丰,{waybill(number)['tracking_number']},{pieces},{used}\n"


def create(desk, text, **more):
    body = {"format": "csv", "file_name": "today.csv", "content": text, **more}
    return desk.post(PATH, json=body).ok()["batch"]["id"]


def run(desk, drain, text, **more):
    batch_id = create(desk, text, **more)
    desk.post(f"{PATH}/{batch_id}/start").ok()
    drain()
    return desk.get(f"{PATH}/{batch_id}").ok()


def counts(batch):
    assert batch["position"] == batch["parcels"] == batch["shipped"] + batch["unchanged"] + batch["refused"]
    return batch["shipped"], batch["unchanged"], batch["refused"]


def errors(desk, batch):
    return [(each["row"], each["code"]) for each in desk.get(f"{PATH}/{batch['id']}/errors").ok()["items"]]


def test_a_file_ships_many_orders(desk, drain, frozen):
    orders = [to_ship() for _ in range(3)]
    text = HEAD + row(orders[0], 1) + row(orders[1], 2, "sku_1,1") + row(orders[2], 3)
    frozen.move(minutes=1)
    batch = run(desk, drain, text)
    assert (batch["status"], batch["rows"], batch["staff_name"]) == ("finished", 3, "小林")
    assert counts(batch) == (3, 0, 0)
    assert [now_of(each).status for each in orders] == [
        OrderStatus.SHIPPED,
        OrderStatus.PROCESSING,
        OrderStatus.SHIPPED,
    ]
    assert [line.left for line in shipment_of(orders[1]).lines] == [1, 1]
    (parcel,) = parcels_of(orders[0])
    assert parcel.waybill == "sf#SF0000000000001"
    notes = desk.get(f"/admin/orders/{orders[0].number}").ok()["notes"]
    assert [each["actor"] for each in notes] == ["小林"]


def test_what_is_refused_is_listed_and_the_others_go_on(desk, drain):
    good, canceled, shipped, other = (to_ship() for _ in range(4))
    waiting = paid()  # not planned before the batch runs: its message is on the same queue, behind
    cancel_paid(canceled)
    desk.post(f"/admin/orders/{shipped.number}/parcels", json=waybill(90), key="tap-0001").ok()
    text = HEAD + "".join(
        (
            row(canceled, 1),
            row(shipped, 2),
            row(other, 3, "sku_1,3"),
            row(other, 4, "sku_9,1"),
            f"{'0' * 20},sf,SF0000000000005,,,\n",
            f"{other.number},yto,SF0000000000006,,,\n",
            row(other, 90),
            f"{other.number},nobody,SF0000000000007,,,\n",
            row(good, 8),
        )
    )
    batch = run(desk, drain, text)
    assert counts(batch) == (1, 0, 8)
    assert errors(desk, batch) == [
        (2, "not_to_ship"),
        (3, "not_to_ship"),
        (4, "too_many_pieces"),
        (5, "sku_not_in_shipment"),
        (6, "order_not_found"),
        (7, "tracking_number_invalid"),
        (8, "waybill_in_use"),
        (9, "invalid"),
    ]
    assert now_of(good).status is OrderStatus.SHIPPED
    assert parcels_of(other) == []
    assert now_of(waiting).status is OrderStatus.PROCESSING


def test_errors_come_as_a_sheet_that_is_mended_and_sent_again(desk, drain):
    first, second = to_ship(), to_ship()
    batch = run(desk, drain, HEAD + row(first, 1) + row(second, 2, "sku_1,9"))
    reply = desk.get(f"{PATH}/{batch['id']}/errors.csv")
    (bad,) = csv.DictReader(io.StringIO(reply.text.removeprefix("\ufeff")))
    assert (bad["订单号"].strip(), bad["数量"], bad["问题"]) == (second.number, "9", "规格 sku_1 只剩 2 件待发")
    again = run(desk, drain, reply.text.replace(",9,", ",2,"))
    assert counts(again) == (1, 0, 0)
    assert [line.left for line in shipment_of(second).lines] == [0, 1]


def test_the_same_file_twice_ships_nothing_twice(desk, drain, cloud):
    first, second = to_ship(), to_ship()
    text = HEAD + row(first, 1) + row(second, 2, "sku_1,1")
    run(desk, drain, text)
    before = [cloud.items(table) for table in ("parcels", "shipments", "orders", "waybills")]
    assert counts(run(desk, drain, text)) == (0, 2, 0)
    mended = text + row(second, 3, "sku_1,1")
    assert [cloud.items(table) for table in ("parcels", "shipments", "orders", "waybills")] == before
    assert counts(run(desk, drain, mended)) == (1, 2, 0)
    assert len(parcels_of(second)) == 2


def test_the_same_file_long_after(http, desk, drain, frozen):
    """A guard forgets after a week; a parcel never does."""
    order = to_ship()
    text = HEAD + row(order, 1, "sku_1,1")
    run(desk, drain, text)
    frozen.move(days=40)
    desk = http.as_(staff_token("shipping.read", "shipping.write"))
    assert counts(run(desk, drain, text)) == (0, 1, 0)
    assert len(parcels_of(order)) == 1


def test_shipped_by_hand_and_then_by_file(desk, drain):
    order = to_ship()
    desk.post(f"/admin/orders/{order.number}/parcels", json=waybill(1), key="tap-0001").ok()
    assert counts(run(desk, drain, HEAD + row(order, 1))) == (0, 1, 0)


def test_a_corrected_waybill_is_not_shipped_again_by_the_old_file(desk, drain):
    order = to_ship()
    text = HEAD + row(order, 1, "sku_1,1")
    run(desk, drain, text)
    (parcel,) = parcels_of(order)
    body = {**waybill(2), "version": 1}
    desk.post(f"/admin/orders/{order.number}/parcels/{parcel.id}/waybill", json=body).ok()
    assert counts(run(desk, drain, text)) == (0, 1, 0)
    assert len(parcels_of(order)) == 1


def test_one_number_dragged_down_a_sheet(desk, drain):
    first, second, third = (to_ship() for _ in range(3))
    batch = run(desk, drain, HEAD + row(first, 1) + row(second, 1) + row(third, 1, used="是"))
    assert (counts(batch), errors(desk, batch)) == ((2, 0, 1), [(3, "waybill_in_use")])


def test_json_lines(desk, drain):
    order = to_ship()
    text = f'{{"order_number": "{order.number}", "carrier": "sf", "tracking_number": "SF0000000000001"}}\n'
    assert counts(run(desk, drain, text, format="jsonl")) == (1, 0, 0)


@pytest.mark.parametrize("text", ["x", HEAD, '{"a": 1}', HEAD + '"open'])
def test_a_file_that_can_not_be_read_fails_whole(desk, drain, text):
    batch = run(desk, drain, text)
    assert batch["status"] == "failed"
    assert batch["reason"]
    assert desk.post(f"{PATH}/{batch['id']}/start").code == "batch_over"


def test_a_larger_file_is_uploaded(desk, drain):
    order = to_ship()
    created = desk.post(PATH, json={"format": "csv", "file_name": "gbk.csv"}).ok()
    batch_id, form = created["batch"]["id"], created["upload"]
    assert (form["key"], form["max_bytes"]) == (f"tmp/shipping-batches/{batch_id}/file", 2 * 1024 * 1024)
    assert desk.post(f"{PATH}/{batch_id}/start").code == "batch_file_missing"
    client("s3").put_object(Bucket=settings().work_bucket, Key=form["key"], Body=(HEAD + row(order, 1)).encode("gbk"))
    desk.post(f"{PATH}/{batch_id}/start").ok()
    drain(twice=True)
    assert counts(desk.get(f"{PATH}/{batch_id}").ok()) == (1, 0, 0)
    assert desk.post(f"{PATH}/{batch_id}/start").code == "batch_over"


def test_a_file_exchanged_under_a_running_batch_changes_nothing(desk, drain, monkeypatch):
    order, other = to_ship(), to_ship()
    batch_id = create(desk, HEAD + row(order, 1))
    desk.post(f"{PATH}/{batch_id}/start").ok()
    monkeypatch.setattr(worker, "RUN_SECONDS", -1.0)
    assert worker.advance(batch_id)
    monkeypatch.undo()
    client("s3").put_object(
        Bucket=settings().work_bucket, Key=worker.file_key(batch_id), Body=(HEAD + row(other, 2)).encode()
    )
    drain()
    assert len(parcels_of(order)) == 1
    assert parcels_of(other) == []


def test_long_files_take_several_runs(desk, drain, monkeypatch):
    orders = [to_ship() for _ in range(4)]
    ticks = iter(range(1000))
    monkeypatch.setattr(worker.time, "monotonic", lambda: next(ticks) * 2.0)  # a run has time for one parcel
    batch = run(desk, drain, HEAD + "".join(row(each, index) for index, each in enumerate(orders)))
    assert (batch["status"], counts(batch)) == ("finished", (4, 0, 0))


def test_files_gone_before_the_batch_was_done(desk, drain, cloud):
    order = to_ship()
    batch_id = create(desk, HEAD + row(order, 1))
    desk.post(f"{PATH}/{batch_id}/start").ok()
    client("s3").delete_object(Bucket=settings().work_bucket, Key=worker.file_key(batch_id))
    drain()
    batch = desk.get(f"{PATH}/{batch_id}").ok()
    assert (batch["status"], batch["reason"]) == ("failed", "文件已过期，请重新上传")


def test_a_worker_that_was_overtaken_writes_nothing(desk, cloud):
    batch_id = create(desk, HEAD + row(to_ship(), 1))
    desk.post(f"{PATH}/{batch_id}/start").ok()
    first, second = (Batch.find(batch_id, consistent=True) for _ in range(2))
    with worker.saved(first, BatchStatus.SHIPPING, parcels=1):
        pass
    with worker.saved(first, position=1, shipped=1):
        pass
    second.status = BatchStatus.SHIPPING
    with cloud.unchanged(), pytest.raises(BatchOvertaken), worker.saved(second, position=1, refused=1):
        pass


@pytest.mark.dynoxide
def test_two_workers_never_both_go_on(desk, drain):
    orders = [to_ship() for _ in range(6)]
    batch_id = create(desk, HEAD + "".join(row(each, index) for index, each in enumerate(orders)))
    desk.post(f"{PATH}/{batch_id}/start").ok()

    def work(_):
        try:
            worker.advance(batch_id)
        except Exception as error:
            return type(error).__name__
        return None

    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(work, range(3))) <= {None, "TooBusy"}
    drain(redeliver=True)
    assert counts(desk.get(f"{PATH}/{batch_id}").ok()) == (6, 0, 0)
    assert [len(parcels_of(each)) for each in orders] == [1] * 6


@pytest.mark.dynoxide
def test_the_same_file_twice_at_once(desk, drain):
    orders = [to_ship() for _ in range(4)]
    text = HEAD + "".join(row(each, index, "sku_1,1") for index, each in enumerate(orders))
    batches = [create(desk, text) for _ in range(2)]
    for batch_id in batches:
        desk.post(f"{PATH}/{batch_id}/start").ok()

    def work(batch_id):
        try:
            worker.advance(batch_id)
        except Exception as error:
            return type(error).__name__
        return None

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(work, batches)) <= {None, "TooBusy"}
    drain(redeliver=True)
    found = [counts(desk.get(f"{PATH}/{batch_id}").ok()) for batch_id in batches]
    assert [sum(each) for each in zip(*found, strict=True)] == [4, 4, 0]
    assert [shipment_of(each).lines[0].shipped_quantity for each in orders] == [1] * 4


def test_death_at_every_step(cloud, drain, sweep, http):
    world = {}

    def prepare():
        cloud.memory.clear()
        carriers.forget()
        world["order"] = to_ship()
        world["desk"] = http.as_(staff_token("shipping.read", "shipping.write"))
        text = HEAD + row(world["order"], 1, "sku_1,1") + row(world["order"], 2, "sku_1,9")
        world["batch"] = create(world["desk"], text)

    def act():
        world["desk"].post(f"{PATH}/{world['batch']}/start").ok()
        (message,) = cloud.messages("fulfillment")
        inbox.react(json.dumps(message))

    def check():
        sweep(redeliver=True)
        again = world["desk"].post(f"{PATH}/{world['batch']}/start")  # staff see it stand still
        assert again.status == 200 or again.code == "batch_over"
        sweep(redeliver=True)
        batch = world["desk"].get(f"{PATH}/{world['batch']}").ok()
        assert (batch["status"], counts(batch)) == ("finished", (1, 0, 1))
        assert errors(world["desk"], batch) == [(3, "too_many_pieces")]
        assert len(parcels_of(world["order"])) == 1
        assert shipment_of(world["order"]).lines[0].shipped_quantity == 1
        assert cloud.dead_letters() == []

    every_death(prepare, act, check)


def test_lists_and_the_template(desk, drain):
    order = to_ship()
    first = run(desk, drain, HEAD + row(order, 1))
    second = run(desk, drain, HEAD + row(order, 1))
    assert [each["id"] for each in desk.get(PATH).ok()["items"]] == [second["id"], first["id"]]
    template = desk.get(f"{PATH}.csv")
    assert template.headers["content-type"].startswith("text/csv")
    assert template.text.startswith("\ufeff订单号,快递公司,运单号,规格编号,数量,允许重复运单,问题")


@pytest.mark.parametrize(
    "body",
    [
        {"format": "xlsx", "file_name": "a"},
        {"format": "csv", "file_name": ""},
        {"format": "csv", "file_name": "../x"},
        {"format": "csv", "file_name": "a", "content": ""},
        {"format": "csv", "file_name": "a", "content": "x" * 200_001},
        {"format": "csv", "file_name": "a", "content": "\ud800"},
        {"format": "csv", "file_name": "a", "surprise": 1},
    ],
)
def test_nonsense_is_refused(desk, cloud, body):
    with cloud.unchanged():
        assert desk.post(PATH, json=body).status in (400, 422)


def test_who_may_and_what_is_not_there(http, desk, cloud):
    reader = http.as_(staff_token("shipping.read"))
    with cloud.unchanged():
        assert reader.post(PATH, json={"format": "csv", "file_name": "a"}).status == 403
        assert http.get(PATH).status == 401
        for path in ("", "/errors", "/errors.csv"):
            assert desk.get(f"{PATH}/bat_none{path}").code == "batch_not_found"
        assert desk.post(f"{PATH}/bat_none/start").code == "batch_not_found"
