"""What a rule reads of a member's own row counts within one reaction; what none reads costs next to nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import TypeAdapter

from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.membership.schemas import default_ladder
from chalicelib.loyalty.segments import service as segments
from chalicelib.loyalty.segments.errors import FactsMoved
from chalicelib.loyalty.segments.members import service as facts
from chalicelib.loyalty.segments.models import MemberFacts, StageEntry
from chalicelib.loyalty.segments.rules.schemas import About, Rule
from chalicelib.loyalty.segments.rules.service import asks
from chalicelib.loyalty.segments.runs import service as runs
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.events import MemberRegistered, MembersMerged, ProfileChanged
from chalicelib.mall.identity.members.models import Member, MemberStatus
from infra.local.partners import Partners
from tests.bench.meter import Meter, metered
from tests.harness import Client, Cloud
from tests.loyalty.factories import Counter, staff
from tests.loyalty.segments.factories import (
    BUYERS,
    EVERYBODY,
    active,
    at_least,
    board,
    crowd,
    in_segment,
    require_sound,
)

Do = Callable[..., Any]
WOMEN = {"field": "gender", "op": "in", "words": ["female"]}
HERE = {"field": "region", "op": "starts_with", "words": ["33"]}
BORN_IN_MAY = {"field": "birthday_month", "op": "is", "number": 5}
READERS = {"field": "interests", "op": "has_any", "words": ["reading"]}
REACHABLE = {"field": "phone_bound", "op": "is", "number": 1}
GOLD = {"field": "level", "op": "in", "words": ["gold"]}


@pytest.fixture(autouse=True)
def _few_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "PARTS", 1)


@pytest.fixture
def desk(counter: Counter) -> Client:
    return staff(counter.http, "segments.read", "segments.write")


def log_in(counter: Counter, partners: Partners, openid: str = "o-new") -> str:
    code = partners.wechat.new_login_code(openid)
    return str(counter.http.post("/sessions", json={"code": code}).ok()["member"]["id"])


class TestNewcomers:
    def test_who_fits_belongs_at_once(self, counter: Counter, desk: Client, partners: Partners, drain: Do) -> None:
        newcomers = active(desk, {"field": "stage", "op": "in", "words": ["new"]})
        others = active(desk, BUYERS)
        drain()
        me = log_in(counter, partners)
        drain(twice=True)
        assert (me in in_segment(newcomers), me in in_segment(others)) == (True, False)
        assert board(me)["segments"] == [newcomers]
        require_sound(me)

    def test_who_fits_nothing_leaves_no_trace(
        self, counter: Counter, desk: Client, partners: Partners, drain: Do, cloud: Cloud
    ) -> None:
        active(desk, BUYERS)
        drain()
        me = log_in(counter, partners)
        drain(twice=True)
        assert (MemberFacts.find(me), list(StageEntry.query(me))) == (None, [])
        assert "segments" not in board(me)

    def test_who_is_gone_again(self, counter: Counter, desk: Client, drain: Do) -> None:
        active(desk, EVERYBODY)
        (gone,) = crowd(1)
        drain()
        MemberFacts(member_id=gone).delete()
        Member(id=gone).update([Member.status.set(MemberStatus.CLOSED)])
        with Transaction() as tx:
            tx.emit(MemberRegistered(member_id=gone))
        drain()
        assert MemberFacts.find(gone) is None


class TestProfile:
    @pytest.mark.parametrize(
        ("rule", "fits", "leaves"),
        [
            (WOMEN, {"gender": "female"}, {"gender": "male"}),
            (HERE, {"region_code": "330106"}, {"region_code": "110101"}),
            (BORN_IN_MAY, {"birthday": "1990-05-04"}, {"birthday": "1990-06-04"}),
            (READERS, {"interests": ["reading"]}, {"interests": None}),
        ],
    )
    def test_told_and_taken_back(
        self, counter: Counter, desk: Client, drain: Do, rule: Any, fits: Any, leaves: Any
    ) -> None:
        segment, me = active(desk, rule), counter.shopper.id
        drain()
        for told, expected in ((fits, {me}), (leaves, set()), (fits, {me})):
            counter.buyer.patch("/me", json=told).ok()
            drain(twice=True)
            assert in_segment(segment) == expected
            require_sound(me)

    def test_two_edits_in_any_order_of_their_reactions(self, counter: Counter, desk: Client, drain: Do) -> None:
        """An old look at the member is not written over a newer one that found nothing to write."""
        women, me = active(desk, WOMEN), counter.shopper.id
        drain()
        members.edit_profile(me, members.EditProfile(gender="female"))
        member, known = segments.load(me)
        assert member is not None
        members.edit_profile(me, members.EditProfile(gender="male"))
        with pytest.raises(FactsMoved), Transaction() as tx:
            segments.settle(tx, member, known, segments.setup(), moved=False)
        drain(twice=True)
        assert in_segment(women) == set()

    @pytest.mark.parametrize("changed", ["gender", "birthday", "region_code", "interests", "phone", "level"])
    def test_every_thing_that_rules_read_is_guarded(
        self, counter: Counter, desk: Client, drain: Do, changed: str
    ) -> None:
        active(desk, EVERYBODY)
        me = counter.shopper.id
        drain()
        member, known = segments.load(me)
        assert member is not None
        if changed == "level":
            with Transaction() as tx:
                members.post_notice(tx, me, "level", "gold")
        else:
            new = {
                "gender": "other",
                "birthday": "1999-09-09",
                "region_code": "110101",
                "interests": ["x"],
                "phone": "13911112222",
            }
            attribute, value = getattr(Member, changed), new[changed]
            Member(id=me).update([attribute.set(value)])
        with pytest.raises(FactsMoved), Transaction() as tx:
            segments.settle(tx, member, known, segments.setup(), moved=True)


class TestPhone:
    def test_the_first_number_counts(self, counter: Counter, desk: Client, partners: Partners, drain: Do) -> None:
        reachable = active(desk, REACHABLE)
        drain()
        me = log_in(counter, partners)
        code = partners.wechat.new_login_code("o-new")
        token = counter.http.post("/sessions", json={"code": code}).ok()["token"]
        drain()
        assert me not in in_segment(reachable)
        phone = counter.http.as_(token)
        phone.post("/me/phone", json={"code": partners.wechat.new_phone_code("13911112222")}).ok()
        drain(twice=True)
        assert me in in_segment(reachable)
        require_sound(me)

    def test_a_shell_without_orders_brings_the_person(self, counter: Counter, desk: Client, drain: Do) -> None:
        women, me = active(desk, WOMEN), counter.shopper.id
        (shell,) = crowd(1)
        drain()
        # What the merge writes, without the telling of profile edits.
        Member(id=me).update([Member.gender.set("female")])
        MemberFacts(member_id=shell).delete()
        Member(id=shell).update([Member.status.set(MemberStatus.MERGED)])
        with Transaction() as tx:
            tx.emit(MembersMerged(member_id=me, from_member_id=shell))
        drain(twice=True)
        assert in_segment(women) == {me}


def test_a_level_counts_once_it_is_told(counter: Counter, desk: Client, drain: Do) -> None:
    gold, me = active(desk, GOLD), counter.shopper.id
    drain()
    for level, expected in (("gold", {me}), (None, set())):
        with Transaction() as tx:
            members.post_notice(tx, me, "level", level)
        with Transaction() as tx:
            facts.look_again(tx, me, {About.LEVEL})
        assert in_segment(gold) == expected
        require_sound(me)


def test_a_newcomers_level_counts_at_once(counter: Counter, desk: Client, partners: Partners, drain: Do) -> None:
    """Whichever of the two reactions comes first."""
    lowest = default_ladder().levels[0].id
    segment = active(desk, {"field": "level", "op": "in", "words": [lowest]})
    drain()
    me = log_in(counter, partners)
    drain(twice=True)
    assert me in in_segment(segment)
    require_sound(me)


class TestCost:
    """Round trips of the reaction itself, without its inbox."""

    def cost(self, member_id: str, *changed: About) -> Meter:
        with metered() as meter, Transaction() as tx:
            facts.look_again(tx, member_id, {*changed})
        return meter

    def test_what_no_rule_reads_is_not_looked_at(self, counter: Counter, desk: Client, drain: Do) -> None:
        active(desk, {"all": [WOMEN, {"none": [at_least("order_count", 2)]}]})
        drain()
        me = counter.shopper.id
        assert self.cost(me).text() == ""
        assert self.cost(me, About.REGION).text() == "GetItem, Query"
        assert self.cost(me, About.GENDER).text() == "GetItem, BatchGetItem, Query"
        Member(id=me).update([Member.gender.set("female")])
        assert self.cost(me, About.GENDER).text() == "GetItem, BatchGetItem, Query, TransactWriteItems"

    def test_a_nickname_is_nobodys_business(self, counter: Counter, desk: Client, drain: Do) -> None:
        active(desk, WOMEN)
        drain()
        with Transaction() as tx:
            tx.emit(ProfileChanged(member_id=counter.shopper.id, fields=["nickname", "avatar_url"]))
        with metered() as meter:
            drain()
        assert meter.text() == "Query, 3 PutItem"  # three inboxes, and whether there is a task for it


def test_what_a_rule_asks() -> None:
    rule = {"any": [WOMEN, {"none": [{"all": [HERE, BUYERS]}]}]}
    assert asks(TypeAdapter[Any](Rule).validate_python(rule)) == {About.GENDER, About.REGION, About.ORDER_COUNT}
