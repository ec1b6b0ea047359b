"""A trial's way: apply, picked, ordered for nothing, reported, rewarded; and why not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.growth.campaigns.product_trial.models import Application
from chalicelib.growth.notifications.kinds.service import kinds
from chalicelib.growth.notifications.models import Message, MessageQuota
from chalicelib.loyalty.points import service as points
from chalicelib.mall.posters.models import Poster
from chalicelib.trade.payments.purchases.models import DirectPurchase
from chalicelib.trade.payments.refunds.models import Refund
from tests.growth.campaigns.factories import Booth, item, left, put_into
from tests.growth.campaigns.product_trial.conftest import Open
from tests.growth.campaigns.product_trial.factories import APPLY, DEPOSIT, ENDS, PLAY, WHOLE, refused, rules
from tests.harness import MovableClock
from tests.loyalty.segments.factories import some_active
from tests.trade import factories

SECOND = timedelta(seconds=1)
KINDS = ("trial_picked", "trial_report_due", "trial_reviewed")


@pytest.mark.parametrize("deposit", [0, DEPOSIT])
def test_from_the_application_to_the_reward(opened: Open, deposit: int) -> None:
    trial = opened(deposit_amount=deposit, unreported="kept", reward={"points": 88})
    trial.apply("ann", "bob")
    assert trial.pick("ann", "ann", "nobody") == ["picked", "not_found"]
    assert (trial.status(), trial.held(), left(trial.campaign, trial.product)) == ("picked", 1, 1)
    number = ""
    if deposit:
        assert trial.preview()["choices"][0]["reason"] == "请先支付试用押金"
        number = trial.pay()
    assert trial.show()["can_order"] is True
    quote = trial.preview()
    assert quote["payable_amount"] == 0
    order = trial.order()
    assert (order["payable_amount"], trial.status()) == (0, "ordered")
    refused(trial.try_report(), "trial_report_not_due", reason="not_received")
    trial.receive()
    assert trial.show()["report_by"] is not None
    trial.try_report(pictures=["https://media.test/a.jpg"]).ok()
    refused(trial.try_report(), "trial_report_not_due", reason="reported")
    trial.try_review().ok()
    refused(trial.try_review(), "trial_not_reported")
    trial.drain()
    assert (trial.status(), points.open_account(trial.member("ann")).balance) == ("accepted", 88)
    assert trial.show()["deposit"] == ("refunded" if deposit else "none")
    if deposit:
        assert trial.refunded(number) == DEPOSIT
    trial.require_conserved()
    numbers = trial.booth.numbers(trial.campaign)
    assert (numbers["participant_count"], numbers["order_count"]) == (2, 1)


def test_answers_decide(opened: Open) -> None:
    """The most points first; of equals, a digest: the same whenever it is computed, and on the row for ever."""
    trial = opened(pick_by="score", stock=3)
    trial.apply("oily-1", "oily-2", "oily-3", skin="油性")
    trial.apply("dry-1", "dry-2")
    trial.wait(hours=25)
    names = ("oily-1", "oily-2", "oily-3", "dry-1", "dry-2")
    best = sorted(names, key=lambda name: trial.row(name).rank)[:3]
    assert {name for name in names if trial.status(name) == "picked"} == set(best) > {"dry-1", "dry-2"}
    assert {trial.row(name).picked_by for name in best} == {"score"}
    assert (trial.held(), left(trial.campaign, trial.product)) == (3, 0)
    listed = trial.booth.staff.get(f"/admin/campaigns/{trial.campaign['id']}/applications").ok()["items"]
    assert [each["member_id"] for each in listed] == [
        each.member_id for each in sorted(map(trial.row, set(names) - set(best)), key=lambda row: row.rank)
    ]
    trial.require_conserved()


def test_no_more_testers_than_pieces(opened: Open) -> None:
    trial = opened(stock=1)
    trial.apply("ann", "bob")
    assert trial.pick("ann", "bob") == ["picked", "no_place_left"]
    assert trial.status("bob") == "applied"
    trial.require_conserved()


@pytest.mark.parametrize(
    ("said", "bad"),
    [({"skin": None}, ["skin"]), ({"skin": "中性"}, ["skin"]), ({"skin": "干性", "age": "18"}, ["age"])],
)
def test_answers_that_are_none(opened: Open, said: Any, bad: list[str]) -> None:
    refused(opened().try_apply(**said), "trial_answers_invalid", question_ids=bad)
    assert Application.count() == 0


def test_once_in_time_and_for_the_segment(opened: Open) -> None:
    (segment,) = some_active(1)
    trial = opened(segment_id=segment.id)
    refused(trial.try_apply(), "trial_not_open", reason="not_for_me")
    for name in ("ann", "bob"):
        put_into(trial.member(name), segment.id)
    trial.clock.set(trial.began_at + APPLY - SECOND)
    trial.apply("ann")
    refused(trial.try_apply(), "trial_applied_already")
    trial.clock.set(trial.began_at + APPLY)
    refused(trial.try_apply("bob"), "trial_not_open", reason="applications_over")
    assert Application.count() == 1


def test_who_leaves_the_segment_keeps_the_piece(opened: Open) -> None:
    (segment,) = some_active(1)
    trial = opened(segment_id=segment.id)
    put_into(trial.member("ann"), segment.id)
    trial.apply("ann")
    put_into(trial.member("ann"))
    assert trial.pick("ann") == ["picked"]
    assert trial.order()["payable_amount"] == 0


def test_another_member_finds_nothing(opened: Open) -> None:
    trial = opened(deposit_amount=DEPOSIT)
    trial.apply("ann")
    trial.pick("ann")
    bob = trial.client("bob")
    refused(bob.get(trial.path), "trial_not_found")
    refused(bob.post(f"{trial.path}/deposit", key="other-0001"), "trial_not_found")
    refused(bob.put(f"{trial.path}/deposit"), "trial_not_found")
    refused(trial.try_report("bob"), "trial_not_found")
    assert trial.preview("bob")["payable_amount"] == 12_000
    assert bob.get("/me/trials").ok()["items"] == []
    assert DirectPurchase.count() == 0
    assert [each["status"] for each in trial.client("ann").get("/me/trials").ok()["items"]] == ["picked"]


@pytest.mark.parametrize("paid", [False, True])
def test_not_ordered_in_time(opened: Open, paid: bool) -> None:
    """To the last second, also while the sweep is down; a deposit goes back, for nothing was received."""
    trial = opened(deposit_amount=DEPOSIT, unreported="kept")
    trial.apply("ann")
    trial.pick("ann")
    number = trial.pay() if paid else ""
    until = trial.row().order_by
    assert until is not None
    trial.clock.set(until - SECOND)
    assert trial.show()["can_order"] is paid
    trial.clock.set(until)
    assert trial.show()["can_order"] is False
    assert trial.preview()["payable_amount"] == 12_000
    refused(trial.client("ann").post(f"{trial.path}/deposit", key="late-0001"), "trial_no_deposit")
    trial.clock.move(hours=1)
    trial.wait(minutes=2)
    assert (trial.status(), trial.held(), left(trial.campaign, trial.product)) == ("lapsed", 0, 2)
    if paid:
        assert (trial.refunded(number), trial.show()["deposit"]) == (DEPOSIT, "refunded")
    trial.require_conserved()


@pytest.mark.parametrize(("rule", "state", "back"), [("kept", "kept", 0), ("refunded", "refunded", DEPOSIT)])
def test_no_report_in_time(opened: Open, rule: str, state: str, back: int) -> None:
    trial = opened(deposit_amount=DEPOSIT, unreported=rule, report_days=3)
    trial.apply("ann")
    trial.pick("ann")
    number = trial.pay()
    trial.order()
    trial.receive()
    received = trial.clock.at
    trial.wait(days=2)
    trial.clock.set(received + timedelta(days=3))
    refused(trial.try_report(), "trial_report_not_due", reason="over")
    trial.wait(minutes=5)
    assert (trial.status(), trial.show()["deposit"], trial.refunded(number)) == ("overdue", state, back)
    trial.wait(days=2)
    assert Refund.count() == bool(back)


def test_a_report_sent_back_is_written_anew(opened: Open) -> None:
    trial = opened(report_days=3)
    trial.apply("ann")
    trial.pick("ann")
    trial.order()
    trial.receive()
    trial.try_report().ok()
    trial.wait(days=4)  # with staff: not the tester's delay
    assert trial.status() == "reported"
    trial.try_review(accepted=False, score=10).ok()
    trial.wait(days=2)
    trial.try_report(text="重新写了一遍：柔软、透气、不掉色。").ok()
    trial.try_review().ok()
    assert (trial.status(), trial.show()["review_score"]) == ("accepted", 90)


def test_a_canceled_order_lets_the_tester_order_again(opened: Open) -> None:
    trial = opened(stock=1)
    trial.apply("ann")
    trial.pick("ann")
    from chalicelib.trade.freight.models import FreightRule

    FreightRule(id="mall", flat_amount=800).save()
    order = trial.order()
    assert order["payable_amount"] == 800
    trial.named("ann").cancel(order)
    trial.drain()
    assert (trial.status(), trial.held()) == ("picked", 1)
    order = trial.order()
    trial.wait(hours=26)  # nobody pays the freight, and the deadline passes
    assert (trial.status(), trial.held(), left(trial.campaign, trial.product)) == ("lapsed", 0, 1)
    trial.require_conserved()


def test_the_merchant_ends_it(opened: Open) -> None:
    trial = opened(deposit_amount=DEPOSIT, stock=3, unreported="kept")
    trial.apply("ann", "bob", "eve")
    trial.pick("ann", "bob")
    numbers = {name: trial.pay(name) for name in ("ann", "bob")}
    trial.order("bob")
    page = trial.client("ann").get(trial.path).ok()
    assert page["can_order"] is True
    trial.booth.step(trial.campaign, "stop")
    assert trial.show()["can_order"] is False
    trial.wait(minutes=10)
    assert (trial.status(), trial.refunded(numbers["ann"])) == ("lapsed", DEPOSIT)
    assert (trial.status("bob"), trial.refunded(numbers["bob"])) == ("ordered", 0)
    assert trial.pick("eve") == ["not_running"]
    assert factories.available(trial.product) == WHOLE - 1
    trial.receive("bob")
    trial.try_report("bob").ok()
    trial.try_review("bob").ok()
    trial.drain()
    assert trial.refunded(numbers["bob"]) == DEPOSIT


def test_two_deposits_begun_for_one_application(opened: Open) -> None:
    trial = opened(deposit_amount=DEPOSIT)
    trial.apply("ann")
    trial.pick("ann")
    pages = [trial.client("ann").post(f"{trial.path}/deposit", key=trial.key()).ok() for _ in range(2)]
    for page in pages:
        trial.partners.wechat_pay.pay(parameters=page["parameters"])
    trial.deliver()
    refunds = list(Refund.scan(consistent_read=True))
    assert [each.amount for each in refunds] == [DEPOSIT]
    assert (trial.show()["deposit"], trial.row().deposit_id) != ("paid", refunds[0].payment_id)
    assert trial.show()["deposit"] == "paid"


def test_members_are_told_and_share(opened: Open) -> None:
    trial = opened()
    staff = trial.booth.http.as_(factories.staff_token("notifications.read", "notifications.write"))
    for kind in KINDS:
        template_id = trial.partners.wechat.messages.template_of(kinds[kind].title).id
        staff.put(f"/admin/notifications/kinds/{kind}", json={"template_id": template_id}).ok()
        MessageQuota(member_id=trial.member("ann"), template_id=template_id, left=5).save()
    trial.apply("ann")
    share = trial.client("ann").post(f"{trial.path}/shares", json={"poster": True}).ok()
    assert (bool(share["code"]), share["poster"]["template_id"]) == (True, "trial")
    asked = Poster.find(trial.member("ann"), share["poster"]["id"])
    assert asked is not None
    assert (asked.content.amounts["price"], asked.content.texts["note"]) == (0, "共2份，免费试用")
    trial.pick("ann")
    trial.drain(twice=True)
    trial.order()
    trial.receive()
    trial.wait(days=2)
    trial.try_report().ok()
    trial.try_review().ok()
    trial.wait(days=1)
    told = [each.kind for each in Message.query(trial.member("ann"), consistent_read=True)]
    assert sorted(told) == sorted(KINDS)


def test_what_answers_are_worth_is_not_told(opened: Open) -> None:
    """Who knew would say what is worth most."""
    trial = opened(pick_by="score")
    seen = [trial.client("ann").get(f"/campaigns/{trial.campaign['id']}").ok()["settings"]]
    seen += [each["settings"] for each in trial.booth.http.get(f"/products/{trial.product.id}/campaigns").ok()["items"]]
    assert seen[0]["questions"][0]["options"] == [{"text": "干性"}, {"text": "油性"}]
    assert seen[0]["pick_by"] == "score"
    assert "points" not in str([each.get("questions") for each in seen])
    assert "'points': 10" in str(trial.booth.show(trial.campaign)["settings"]["questions"])


def test_what_staff_download(opened: Open) -> None:
    trial = opened()
    trial.try_apply("ann", why="=1+1").ok()
    reply = trial.booth.staff.get(f"/admin/campaigns/{trial.campaign['id']}/applications-sheet")
    head, row = reply.text.lstrip("\ufeff").splitlines()
    assert head.startswith("member_id,sku_id,status,score")
    assert row.startswith(f"{trial.member('ann')},{trial.sku_id},applied,10,")


@pytest.mark.parametrize(
    ("settings", "more", "field"),
    [
        ({"apply_until": 0}, {}, "settings.apply_until"),
        ({"apply_until": 96}, {}, "settings.apply_until"),
        ({"report_days": 91}, {}, "settings.report_days"),
        ({"questions": [{"id": "a", "text": "x"}] * 2}, {}, "settings"),
        ({}, {"stock": None}, "items.0.stock"),
        ({}, {"unit_amount": None}, "items.0.unit_amount"),
    ],
)
def test_what_staff_can_not_say(booth: Booth, frozen: MovableClock, settings: Any, more: Any, field: str) -> None:
    told = dict(settings)
    if "apply_until" in told:
        told["apply_until"] = (frozen.at + timedelta(hours=told["apply_until"])).isoformat()
    line = {**item(factories.product(), 0, stock=1), **more}
    reply = booth.try_draft(PLAY, line, lasts=ENDS / timedelta(hours=1), settings={**rules(frozen.at), **told})
    assert (reply.status, reply.json["details"]["errors"][0]["field"]) == (422, field)


def test_what_is_kept_about_a_member(opened: Open) -> None:
    from chalicelib.growth.campaigns.product_trial.shop.service import export, stands_against_closing

    trial = opened(deposit_amount=DEPOSIT)
    trial.apply("ann")
    assert stands_against_closing(trial.member("ann")) is None
    trial.pick("ann")
    trial.pay()
    assert [each["status"] for each in export(trial.member("ann"))] == ["picked"]
    assert stands_against_closing(trial.member("ann")) is not None
