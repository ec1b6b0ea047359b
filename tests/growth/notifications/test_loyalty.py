"""Points and coupons are told of in time, by day, and only while it is true."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from chalicelib.core import clock, jobs
from chalicelib.core.transaction import Transaction
from chalicelib.growth.notifications.loyalty.service import benefit
from chalicelib.growth.notifications.service import next_morning
from chalicelib.loyalty.coupons.events import CouponExpiring, CouponGranted
from chalicelib.loyalty.coupons.models import Coupon, CouponStatus
from chalicelib.loyalty.coupons.schemas import Terms
from chalicelib.loyalty.membership.cards import service as cards
from chalicelib.loyalty.membership.events import CardEnding, LevelChanged
from chalicelib.loyalty.membership.levels import service as levels
from chalicelib.loyalty.membership.models import Held, Membership, Span
from chalicelib.loyalty.points import service as points
from chalicelib.loyalty.points.events import PointsExpiring
from chalicelib.loyalty.tasks.check_in import service as check_ins
from chalicelib.loyalty.tasks.check_in.events import CheckInDue
from chalicelib.mall.identity.privacy import service as privacy
from tests.growth.notifications.conftest import Shop
from tests.growth.notifications.factories import Buyer, buyer, messages_of, quota
from tests.loyalty.coupons import factories as coupon_factories
from tests.loyalty.membership import factories as membership_factories
from tests.loyalty.points import factories as point_factories
from tests.loyalty.tasks import factories as check_in_factories

pytestmark = pytest.mark.usefixtures("_app")


@pytest.fixture
def person(shop: Shop) -> Buyer:
    """Agreed once to each."""
    kinds = ("points_expiring", "coupon_expiring", "coupon_received")
    shop.tell(*kinds)
    made = buyer()
    shop.agree(made, *kinds)
    return made


def use(coupon: Coupon) -> None:
    """In a store, say; nobody else hears of it here."""
    coupon.update([Coupon.status.set(CouponStatus.USED)])


def outcomes(person: Buyer) -> dict[str, tuple[str, str | None]]:
    return {each.kind: (each.status, each.code) for each in messages_of(person)}


class TestPoints:
    def test_a_week_before_the_month_ends(self, shop: Shop, person: Buyer) -> None:
        point_factories.give(person.id, 120, month="2026-11")
        point_factories.give(person.id, 740, month="2027-10", cause="more")
        assert jobs.run("expire_points") == 1
        shop.drain(twice=True)
        (shown,) = shop.shown(person)
        assert shown.data == {"number1": "120", "time2": "2026年11月30日 23:59", "number3": "860"}
        assert shown.page == "pages/points/index"

    def test_told_once_however_often_it_is_announced(self, shop: Shop, person: Buyer) -> None:
        shop.agree(person, "points_expiring")
        point_factories.give(person.id, 120, month="2026-11")
        for _ in range(2):
            with Transaction() as tx:
                tx.emit(PointsExpiring(member_id=person.id, month="2026-11"))
            shop.drain(twice=True)
        assert (len(shop.shown(person)), quota(person, shop.template("points_expiring"))) == (1, 1)

    @pytest.mark.parametrize("how", ["spent", "owed", "over"])
    def test_nothing_is_left(self, shop: Shop, person: Buyer, how: str) -> None:
        point_factories.give(person.id, 120, month="2026-11")
        with Transaction() as tx:
            account = points.open_account(person.id)
            if how == "spent":
                points.spend(tx, account, "spent", "ord_1", 120)
            elif how == "owed":
                points.post(tx, account, "taken_back", "ref_1", {points.OWED: -120}, overdraw=True)
        if how == "over":
            shop.clock.move(minutes=7 * 24 * 60)
        with Transaction() as tx:
            tx.emit(PointsExpiring(member_id=person.id, month="2026-11"))
        shop.drain()
        assert (messages_of(person), shop.calls()) == ([], 0)

    def test_partly_owed(self, shop: Shop, person: Buyer) -> None:
        """Only what can be spent is told of."""
        point_factories.give(person.id, 120, month="2026-11")
        with Transaction() as tx:
            points.post(tx, points.open_account(person.id), "taken_back", "r", {points.OWED: -50}, overdraw=True)
            tx.emit(PointsExpiring(member_id=person.id, month="2026-11"))
        shop.drain()
        assert shop.shown(person)[0].data["number1"] == "70"


class TestCoupons:
    def test_a_day_before_it_ends_but_not_at_night(self, shop: Shop, person: Buyer) -> None:
        """It ends at midnight, so a day before is midnight: the phone is silent until nine."""
        coupon = coupon_factories.give(person.id)
        shop.partners.wechat.state.messages.agreed.pop(f"{person.openid} {shop.template('coupon_received')}")
        shop.drain()
        shop.clock.set(coupon.expires_at - timedelta(days=1))
        shop.sweep(minutes=2)
        assert outcomes(person)["coupon_expiring"] == ("waiting", None)
        shop.clock.set(coupon.expires_at - timedelta(hours=15, minutes=1))
        shop.sweep(minutes=3, redeliver=True)
        assert outcomes(person)["coupon_expiring"] == ("sent", None)
        (shown,) = shop.shown(person)
        last = clock.business_day(coupon.expires_at - timedelta(minutes=1))
        assert shown.data == {
            "thing1": "满100减20",
            "thing2": "满100元减20元",
            "time3": f"{last:%Y年%m月%d日} 23:59",
        }

    @pytest.mark.parametrize("how", ["used", "given away", "over", "unknown"])
    def test_not_true_when_it_is_announced(self, shop: Shop, person: Buyer, how: str) -> None:
        coupon = coupon_factories.give(person.id)
        shop.drain()
        before = shop.calls()
        if how == "used":
            use(coupon)
        elif how == "given away":
            coupon.update([Coupon.status.set(CouponStatus.GIVING)])
        elif how == "over":
            shop.clock.set(coupon.expires_at)
        named = "cpn_nobody" if how == "unknown" else coupon.id
        with Transaction() as tx:
            tx.emit(CouponExpiring(member_id=person.id, coupon_id=named, template_id=coupon.template_id))
        shop.drain()
        assert ("coupon_expiring" in outcomes(person), shop.calls() - before) == (False, 0)

    def test_used_in_the_night_after(self, shop: Shop, person: Buyer) -> None:
        """The message waits for the morning; the coupon does not: the agreement is kept for another time."""
        coupon = coupon_factories.give(person.id, valid_days=2)
        shop.drain()
        shop.clock.set(coupon.expires_at - timedelta(days=1))
        shop.sweep(minutes=1)
        use(coupon)
        template, before = shop.template("coupon_expiring"), shop.calls()
        assert quota(person, template) == 0
        shop.sweep(minutes=9 * 60 + 2)
        assert outcomes(person)["coupon_expiring"] == ("skipped", "over")
        assert (quota(person, template), shop.calls() - before) == (1, 0)

    def test_given_by_the_mall_is_told_what_one_took_is_not(self, shop: Shop, person: Buyer) -> None:
        given = coupon_factories.give(person.id)
        open_to_all = coupon_factories.template()
        shop.http.as_(person.token).post(f"/coupon-templates/{open_to_all.id}/claim", key="tap-00001").ok()
        shop.drain(twice=True)
        (message,) = messages_of(person)
        assert (message.kind, message.id, message.status) == ("coupon_received", f"{given.id}-coupon_received", "sent")

    def test_who_closed_the_account_is_left_alone(self, shop: Shop, person: Buyer) -> None:
        coupon = coupon_factories.give(person.id)
        privacy.close(person.id)
        with Transaction() as tx:
            named = {"member_id": person.id, "coupon_id": coupon.id, "template_id": coupon.template_id}
            tx.emit(CouponGranted(**named, source="cgr_1"))
        shop.drain()
        assert (shop.calls(), shop.shown(person)) == (0, [])


class TestLevels:
    @pytest.fixture
    def member(self, shop: Shop) -> Buyer:
        membership_factories.ladder()
        shop.tell("level_changed")
        made = buyer()
        for _ in range(3):
            shop.agree(made, "level_changed")
        return made

    def stands(self, person: Buyer, level: str, before: str = "basic") -> None:
        held = [Held(level=level, growth=0, base=0)]
        Membership(member_id=person.id, level=level, since=clock.now(), held=held, version=1).save()
        with Transaction() as tx:
            tx.emit(LevelChanged(member_id=person.id, level=level, before=before))

    def test_up_down_and_up_again(self, shop: Shop, member: Buyer) -> None:
        for level, before in (("gold", "basic"), ("silver", "gold"), ("gold", "silver")):
            shop.clock.move(minutes=1)
            self.stands(member, level, before)
            shop.drain(twice=True)
        assert [each.data["thing1"] for each in shop.shown(member)] == ["Gold", "Silver", "Gold"]
        assert shop.shown(member)[0].data["time2"] == "2026年11月24日 10:01"

    def test_who_comes_is_not_told(self, shop: Shop, member: Buyer) -> None:
        self.stands(member, "basic", before="")
        shop.drain()
        assert messages_of(member) == []

    def test_another_one_by_now(self, shop: Shop, member: Buyer) -> None:
        """The older word comes late, or its message waited: only what is true is told."""
        self.stands(member, "silver")
        Membership(member_id=member.id).update([Membership.level.set("gold")])
        shop.drain()
        assert messages_of(member) == []

    def test_lost_in_the_night(self, shop: Shop, member: Buyer) -> None:
        shop.clock.move(minutes=12 * 60)
        self.stands(member, "gold")
        shop.drain()
        Membership(member_id=member.id).update([Membership.level.set("basic")])
        shop.sweep(minutes=11 * 60 + 2)
        assert outcomes(member)["level_changed"] == ("skipped", "over")
        assert (shop.calls(), quota(member, shop.template("level_changed"))) == (0, 3)


class TestEnds:
    """What a member is about to lose."""

    @pytest.fixture
    def member(self, shop: Shop) -> Buyer:
        membership_factories.ladder(keep={"silver": 100})
        shop.tell("level_ending", "card_ending")
        made = buyer()
        for _ in range(2):
            shop.agree(made, "level_ending", "card_ending")
        return made

    def grown(self, shop: Shop, person: Buyer) -> Membership:
        """Silver is reached, and half of a year is over but for the last fortnight."""
        membership_factories.give(person.id, 600)
        shop.drain()
        stored = membership_factories.row(person.id)
        assert stored is not None
        return stored

    def announced(self, shop: Shop, stored: Membership, *, times: int = 1) -> None:
        """The deadline comes. Days later, in the daytime."""
        top = stored.held[-1]
        assert top.ends_at is not None
        shop.clock.set(top.ends_at - levels.REMINDER + timedelta(hours=12))
        for _ in range(times):
            with Transaction() as tx:
                levels.remind(tx, stored.member_id, top.level, top.ends_at)
            shop.drain(twice=True)

    def test_a_level_that_will_be_lost_once(self, shop: Shop, member: Buyer) -> None:
        self.announced(shop, self.grown(shop, member), times=2)
        (shown,) = shop.shown(member)
        assert shown.data == {"thing1": "Silver", "time2": "2027年11月24日 23:59", "number3": "100"}

    def test_what_was_gained_counts(self, shop: Shop, member: Buyer) -> None:
        stored = self.grown(shop, member)
        membership_factories.give(member.id, 30, "more")
        self.announced(shop, stored)
        assert [each.data["number3"] for each in shop.shown(member)] == ["70"]

    def test_kept_before_the_deadline(self, shop: Shop, member: Buyer) -> None:
        stored = self.grown(shop, member)
        membership_factories.give(member.id, 100, "more")
        self.announced(shop, stored)
        assert messages_of(member) == []

    def test_kept_in_the_night(self, shop: Shop, member: Buyer) -> None:
        stored = self.grown(shop, member)
        top = stored.held[-1]
        assert top.ends_at is not None
        shop.clock.set(top.ends_at - levels.REMINDER + timedelta(hours=1))
        with Transaction() as tx:
            levels.remind(tx, member.id, top.level, top.ends_at)
        shop.drain()
        membership_factories.give(member.id, 100, "more")
        shop.sweep(minutes=9 * 60)
        assert outcomes(member)["level_ending"] == ("skipped", "over")
        assert shop.shown(member) == []

    def test_another_period_by_now(self, shop: Shop, member: Buyer) -> None:
        stored = self.grown(shop, member)
        old = stored.held[-1]
        assert old.ends_at is not None
        with Transaction() as tx:
            levels.remind(tx, member.id, old.level, old.ends_at + timedelta(days=1))
            levels.remind(tx, member.id, "gold", old.ends_at)
        shop.drain()
        assert messages_of(member) == []

    def test_a_card_that_ends_and_one_that_goes_on(self, shop: Shop, member: Buyer) -> None:
        day = timedelta(days=1)
        ends = clock.day_start(clock.today() + 3 * day)
        spans = [Span(id="crd_1", level="gold", starts_at=ends - 10 * day, ends_at=ends)]
        stored = self.grown(shop, member)
        stored.update([Membership.cards.set(spans)])
        for _ in range(2):
            with Transaction() as tx:
                cards.remind(tx, member.id, "crd_1")
            shop.drain(twice=True)
        (shown,) = shop.shown(member)
        assert shown.data == {"thing1": "Gold", "time2": "2026年11月26日 23:59"}
        with Transaction() as tx:
            cards.remind(tx, member.id, "crd_1")
        following = Span(id="crd_2", level="gold", starts_at=ends, ends_at=ends + 10 * day)
        Membership(member_id=member.id).update([Membership.cards.set([*spans, following])])
        with Transaction() as tx:
            tx.emit(CardEnding(member_id=member.id, card_id="crd_1", level="gold", ends_at=ends))
            cards.remind(tx, member.id, "crd_1")
        shop.drain()
        assert len(messages_of(member)) == 1


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"kind": "cash", "off_amount": 2050, "threshold_amount": 9900}, "满99元减20.50元"),
        ({"kind": "cash", "off_amount": 500}, "减5元"),
        ({"kind": "percent", "off_bps": 1000, "threshold_amount": 100}, "满1元打9折"),
        ({"kind": "percent", "off_bps": 1250}, "打8.75折"),
        ({"kind": "percent", "off_bps": 10_000}, "打0折"),
        ({"kind": "free_shipping", "threshold_amount": 6900}, "满69元免运费"),
        ({"kind": "gift"}, "到店兑换"),
    ],
)
def test_what_a_coupon_is_good_for(terms: dict[str, object], words: str) -> None:
    assert benefit(Terms.model_validate({"valid_days": 7, **terms})) == words


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-24T08:59:59+08:00", "2026-11-24T09:00:00+08:00"),
        ("2026-11-24T09:00:00+08:00", None),
        ("2026-11-24T20:59:59+08:00", None),
        ("2026-11-24T21:00:00+08:00", "2026-11-25T09:00:00+08:00"),
        ("2026-11-30T15:59:59+00:00", "2026-12-01T09:00:00+08:00"),
        ("2026-11-30T16:00:00+00:00", "2026-12-01T09:00:00+08:00"),
    ],
)
def test_nobody_is_woken(now: str, then: str | None) -> None:
    found = next_morning(datetime.fromisoformat(now))
    assert found == (datetime.fromisoformat(then) if then else None)


class TestCheckIn:
    @pytest.mark.parametrize("done", [False, True])
    def test_an_open_day(self, shop: Shop, done: bool) -> None:
        shop.tell("check_in_due")
        person = buyer()
        shop.agree(person, "check_in_due")
        check_in_factories.rules()
        with Transaction() as tx:
            tx.emit(CheckInDue(member_id=person.id, day="2026-11-24", streak=6))
        if done:
            check_ins.check_in(person.id)
        shop.drain(twice=True)
        wanted = {"thing1": "今天还没签到，连续6天将中断", "number2": "6", "time3": "2026年11月24日 23:59"}
        assert [each.data for each in shop.shown(person)] == ([] if done else [wanted])
        assert outcomes(person)["check_in_due"] == (("skipped", "over") if done else ("sent", None))
