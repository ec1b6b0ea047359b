"""How coupons come to members: claimed under a rush, by code, by staff, from a friend."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.core import clock
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.claims import service as claims
from chalicelib.loyalty.coupons.codes import service as codes
from chalicelib.loyalty.coupons.models import Claimed, Code, CodeBatch, CouponStatus, Grant, GrantStatus, Template
from chalicelib.loyalty.segments.models import Segment, SegmentMember
from chalicelib.mall.catalog.products.models import Product
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member, MemberStatus
from infra.local.faults import every_death
from tests.harness import Client, Cloud
from tests.loyalty.coupons.factories import (
    VIP,
    fields,
    give,
    held,
    left,
    over,
    require_sound,
    segment,
    status_of,
    template,
    terms,
)
from tests.loyalty.factories import Counter, staff
from tests.mall.catalog.factories import category
from tests.trade import factories

Do = Callable[..., Any]


def claim(http: Client, template_id: str, name: str = "one", key: str = "claim-001") -> Any:
    token = factories.shopper(name).token
    return http.as_(token).post(f"/coupon-templates/{template_id}/claim", key=key)


class TestClaiming:
    def test_a_coupon_from_the_center(self, counter: Counter, drain: Do) -> None:
        made = template()
        (offer,) = counter.buyer.get("/coupon-templates").ok()["items"]
        assert (offer["id"], offer["claimed"], offer["sold_out"]) == (made.id, 0, False)
        coupon = counter.buyer.post(f"/coupon-templates/{made.id}/claim", key="claim-001").ok()
        assert coupon["expires_at"] == "2026-11-30T16:00:00Z", "to the end of the seventh business day"
        assert counter.buyer.post(f"/coupon-templates/{made.id}/claim", key="claim-001").ok() == coupon
        assert counter.buyer.post(f"/coupon-templates/{made.id}/claim", key="claim-002").code == "coupon_limit_reached"
        assert [each["id"] for each in counter.buyer.get("/me/coupons").ok()["items"]] == [coupon["id"]]
        assert left(made.id) == 99
        drain()
        require_sound(counter.shopper.id)

    @pytest.mark.parametrize(
        ("how", "code"),
        [
            ({"way": "code"}, "coupon_not_claimable"),
            ({"way": "grant"}, "coupon_not_claimable"),
            ({"segment_id": VIP}, "coupon_not_for_you"),
            ({"claim_from": clock.now() + timedelta(days=999), "claim_until": clock.now() + timedelta(days=1000)}, "x"),
        ],
    )
    def test_refused(self, counter: Counter, cloud: Cloud, how: Any, code: str) -> None:
        segment()
        made = template(**how)
        with cloud.unchanged():
            reply = counter.buyer.post(f"/coupon-templates/{made.id}/claim", key="claim-001")
        assert reply.code == (code if code != "x" else "coupon_not_claimable")

    def test_for_a_segment(self, counter: Counter) -> None:
        made = template(segment_id=segment())
        assert counter.buyer.get("/coupon-templates").ok()["items"] == []
        with Transaction() as tx:
            members.post_notice(tx, counter.shopper.id, "segments", [VIP])
        assert len(counter.buyer.get("/coupon-templates").ok()["items"]) == 1
        counter.buyer.post(f"/coupon-templates/{made.id}/claim", key="claim-001").ok()

    def test_of_a_product(self, counter: Counter) -> None:
        quilt = factories.product()
        below = category("居家/床品件套")
        quilt.update([Product.category_id.set(below.id)])
        template(terms=terms(scope={"excluded_product_ids": [quilt.id]}))
        fitting = template(terms=terms(scope={"category_ids": [below.parent_id]}))
        found = counter.buyer.get("/coupon-templates", query={"product_id": quilt.id}).ok()["items"]
        assert [each["id"] for each in found] == [fitting.id]

    def test_sold_out_and_filled_up_again(self, counter: Counter, http: Client) -> None:
        made = template(total=1)
        claim(http, made.id, "two").ok()
        assert claim(http, made.id, "three").code == "coupon_sold_out"
        assert counter.buyer.get("/coupon-templates").ok()["items"][0]["sold_out"] is True
        desk = staff(http, "coupons.read", "coupons.write")
        shown = desk.get(f"/admin/coupon-templates/{made.id}").ok()
        body = fields(total=2, claim_from=shown["claim_from"], claim_until=shown["claim_until"], terms=shown["terms"])
        desk.put(f"/admin/coupon-templates/{made.id}", json={**body, "version": shown["version"]}).ok()
        claims.forget()
        claim(http, made.id, "three").ok()

    @pytest.mark.dynoxide
    def test_a_rush_gives_out_what_there_is(self, counter: Counter, http: Client) -> None:
        """Sixty people for thirty pieces, each tapping twice."""
        made = template(total=30)
        tokens = {n: factories.shopper(f"rush-{n}").token for n in range(60)}

        def tap(n: int) -> Any:
            path = f"/coupon-templates/{made.id}/claim"
            return http.as_(tokens[n % 60]).post(path, key=f"claim-{n:04d}")

        with ThreadPoolExecutor(8) as pool:
            replies = list(pool.map(tap, range(120)))
        got = [reply for reply in replies if reply.status == 201]
        busy = {reply.code for reply in replies if reply.status == 503}
        assert busy <= {"too_busy"}
        taken = sum(each.claimed for each in Claimed.scan())
        assert len(got) == taken == 30 - left(made.id)
        assert len(got) == 30 or busy
        assert max(each.claimed for each in Claimed.scan()) == 1

    def test_death_at_every_step(self, counter: Counter, cloud: Cloud, sweep: Do) -> None:
        world: dict[str, Any] = {}

        def begin() -> None:
            cloud.memory.clear()
            claims.forget()
            world["template"] = template(total=10)

        def check() -> None:
            claim(counter.http, world["template"].id).ok()
            sweep(redeliver=True)
            assert (len(held(counter.shopper.id)), left(world["template"].id)) == (1, 9)
            require_sound(counter.shopper.id)

        every_death(begin, lambda: claim(counter.http, world["template"].id), check)


class TestCodes:
    def test_one_word_for_many(self, counter: Counter) -> None:
        template(way="code", word="hello8")
        first = counter.buyer.post("/me/coupons/codes", json={"code": "Hello8"}, key="code-0001").ok()
        assert counter.buyer.post("/me/coupons/codes", json={"code": "Hello8"}, key="code-0001").ok() == first
        again = counter.buyer.post("/me/coupons/codes", json={"code": "HELLO8"}, key="code-0002")
        assert again.code == "coupon_limit_reached"

    def test_single_codes_are_good_once(self, counter: Counter, http: Client, drain: Do) -> None:
        made = template(way="code", total=200)
        desk = staff(http, "coupons.read", "coupons.write")
        batch = desk.post(f"/admin/coupon-templates/{made.id}/codes", json={"count": 120}).ok()
        drain(twice=True)
        stored = CodeBatch.find(batch["id"])
        assert stored is not None
        assert (stored.made, len(list(Code.scan()))) == (120, 120)
        sheet = desk.get(f"/admin/coupon-codes/{batch['id']}").text
        text = codes.text_of(stored, 7)
        assert f"{text},," in sheet
        counter.buyer.post("/me/coupons/codes", json={"code": text}, key="code-0001").ok()
        other = http.as_(factories.shopper("two").token)
        assert other.post("/me/coupons/codes", json={"code": text}, key="code-0001").code == "coupon_code_invalid"
        assert f"{text},{counter.shopper.id}" in desk.get(f"/admin/coupon-codes/{batch['id']}").text

    def test_never_more_codes_than_pieces(self, counter: Counter, http: Client, cloud: Cloud, drain: Do) -> None:
        """Who was handed a code finds a coupon behind it."""
        made = template(way="code", total=5)
        desk = staff(http, "coupons.read", "coupons.write")
        path = f"/admin/coupon-templates/{made.id}"
        desk.post(f"{path}/codes", json={"count": 3}).ok()
        with cloud.unchanged():
            refused = desk.post(f"{path}/codes", json={"count": 3})
        assert (refused.code, refused.json["details"]) == ("coupon_codes_exceed_pieces", {"left": 2})
        body = {**fields(way="code", total=6), "claim_from": "2026-11-20T00:00:00Z", "version": 2}
        body["claim_until"] = "2026-12-20T00:00:00Z"
        desk.put(path, json=body).ok()
        desk.post(f"{path}/codes", json={"count": 3}).ok()
        drain(twice=True)
        assert len(list(Code.scan())) == 6

    @pytest.mark.dynoxide
    def test_two_batches_at_once(self, counter: Counter, http: Client) -> None:
        made = template(way="code", total=5)
        desk = staff(http, "coupons.write")
        with ThreadPoolExecutor(4) as pool:
            asked = [desk] * 4
            path, body = f"/admin/coupon-templates/{made.id}/codes", {"count": 2}
            replies = list(pool.map(lambda each: each.post(path, json=body), asked))
        made_codes = sum(each.status == 201 for each in replies) * 2
        assert made_codes in (2, 4)
        assert Template.get("mall", made.id).codes == made_codes

    def test_unknown(self, counter: Counter, cloud: Cloud) -> None:
        with cloud.unchanged():
            reply = counter.buyer.post("/me/coupons/codes", json={"code": "NOTHING1"}, key="code-0001")
        assert (reply.status, reply.code) == (404, "coupon_code_invalid")


class TestGrants:
    @pytest.mark.parametrize("by_segment", [False, True])
    def test_everybody_gets_one(self, counter: Counter, http: Client, drain: Do, by_segment: bool) -> None:
        made = template(way="grant")
        people = [factories.shopper(f"p{n}").id for n in range(60)]
        closed = Member.find(people[7])
        assert closed is not None
        closed.status = MemberStatus.CLOSED
        closed.save()
        for member_id in people:
            SegmentMember(segment_id=VIP, member_id=member_id).save()
        target = {"segment_id": segment()} if by_segment else {"member_ids": people}
        desk = staff(http, "coupons.read", "coupons.write")
        body = {"template_id": made.id, "reason": "周年庆", **target}
        desk.post("/admin/coupon-grants", json=body).ok()
        drain(twice=True)
        assert [len(held(each)) for each in people] == [1] * 7 + [0] + [1] * 52
        (grant,) = desk.get("/admin/coupon-grants").ok()["items"]
        assert (grant["given"], grant["refused"], grant["status"]) == (59, {"unauthorized": 1}, "done")
        assert left(made.id) == 100, "the rule that gives is the limit"

    def test_killed_in_between(self, counter: Counter, cloud: Cloud, drain: Do, sweep: Do) -> None:
        people = [f"p{n}" for n in range(3)]

        def begin() -> None:
            cloud.memory.clear()
            ids = [factories.shopper(name).id for name in people]
            made = template(way="grant")
            body = {"template_id": made.id, "reason": "x", "member_ids": ids}
            staff(counter.http, "coupons.write").post("/admin/coupon-grants", json=body).ok()

        def check() -> None:
            sweep(redeliver=True)
            assert [len(held(factories.shopper(name).id)) for name in people] == [1, 1, 1]
            (grant,) = Grant.scan()
            assert (grant.status, grant.given) == (GrantStatus.DONE, 3)

        every_death(begin, lambda: drain(redeliver=True), check)


class TestGifts:
    def offered(self, counter: Counter, **more: Any) -> tuple[Any, Any]:
        coupon = give(counter.shopper.id, transferable=True, **more)
        return coupon, counter.buyer.post(f"/me/coupons/{coupon.id}/gift").ok()

    def test_a_friend_takes_it(self, counter: Counter, http: Client) -> None:
        coupon, gift = self.offered(counter)
        assert counter.buyer.post(f"/me/coupons/{coupon.id}/gift").ok()["id"] == gift["id"]
        friend = factories.shopper("friend")
        assert http.as_(friend.token).get(f"/coupon-gifts/{gift['id']}").ok()["title"] == coupon.title
        taken = http.as_(friend.token).post(f"/coupon-gifts/{gift['id']}/take").ok()
        assert http.as_(friend.token).post(f"/coupon-gifts/{gift['id']}/take").ok() == taken
        assert taken["expires_at"] == counter.buyer.get(f"/me/coupons/{coupon.id}").ok()["expires_at"]
        third = http.as_(factories.shopper("third").token)
        assert third.post(f"/coupon-gifts/{gift['id']}/take").code == "coupon_gift_over"
        assert status_of(coupon) is CouponStatus.GIVEN
        assert counter.buyer.delete(f"/me/coupons/{coupon.id}/gift").code == "coupon_gift_over"
        for who in (counter.shopper.id, friend.id):
            require_sound(who)

    def test_not_my_own(self, counter: Counter, cloud: Cloud) -> None:
        _, gift = self.offered(counter)
        with cloud.unchanged():
            assert counter.buyer.post(f"/coupon-gifts/{gift['id']}/take").code == "coupon_own_gift"

    def test_only_what_may_be_given(self, counter: Counter, cloud: Cloud) -> None:
        coupon = give(counter.shopper.id)
        with cloud.unchanged():
            assert counter.buyer.post(f"/me/coupons/{coupon.id}/gift").code == "coupon_not_transferable"
            assert counter.buyer.post("/me/coupons/cpn_x/gift").code == "coupon_not_found"

    def test_called_back_or_not_taken_in_time(self, counter: Counter, sweep: Do) -> None:
        coupon, _ = self.offered(counter)
        assert counter.buyer.delete(f"/me/coupons/{coupon.id}/gift").ok()["status"] == "unused"
        second = counter.buyer.post(f"/me/coupons/{coupon.id}/gift").ok()
        require_sound(counter.shopper.id)
        sweep(minutes=24 * 60 + 1, twice=True)
        assert status_of(coupon) is CouponStatus.UNUSED
        require_sound(counter.shopper.id)
        late = counter.http.as_(factories.shopper("late").token)
        assert late.post(f"/coupon-gifts/{second['id']}/take").code == "coupon_gift_over"

    @pytest.mark.dynoxide
    def test_two_friends_at_once(self, counter: Counter, http: Client) -> None:
        _, gift = self.offered(counter)
        tokens = [factories.shopper(f"friend-{n}").token for n in range(4)]
        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(lambda t: http.as_(t).post(f"/coupon-gifts/{gift['id']}/take"), tokens))
        assert [reply.status for reply in replies].count(201) == 1


class TestTemplates:
    def test_terms_stay_once_they_were_promised(self, counter: Counter, http: Client, cloud: Cloud) -> None:
        desk = staff(http, "coupons.read", "coupons.write")
        body = {name: str(v) if name.startswith("claim") else v for name, v in fields().items()}
        body["claim_from"], body["claim_until"] = "2026-11-20T00:00:00Z", "2026-12-20T00:00:00Z"
        made = desk.post("/admin/coupon-templates", json=body).ok()
        assert (made["status"], made["left"]) == ("draft", 100)
        path = f"/admin/coupon-templates/{made['id']}"
        made = desk.put(path, json={**body, "total": 60, "version": 1}).ok()
        assert (made["left"], made["version"]) == (60, 2)
        desk.post(f"{path}/status", json={"status": "active", "version": 2}).ok()
        with cloud.unchanged():
            other = desk.put(path, json={**body, "total": 60, "terms": terms(off_amount=1), "version": 3})
            fewer = desk.put(path, json={**body, "total": 59, "version": 3})
            stale = desk.put(path, json={**body, "total": 70, "version": 2})
            back = desk.post(f"{path}/status", json={"status": "draft", "version": 3})
        assert [each.code for each in (other, fewer, stale, back)] == [
            *("coupon_terms_fixed", "coupon_terms_fixed", "coupon_template_edited", "coupon_template_edited"),
        ]
        assert desk.put(path, json={**body, "title": "新名字", "total": 70, "version": 3}).ok()["left"] == 70
        listed = desk.get("/admin/coupon-templates", query={"status": "active"}).ok()["items"]
        assert [each["title"] for each in listed] == ["新名字"]

    def test_the_pieces_of_a_draft(self, counter: Counter, http: Client) -> None:
        """Any number after any other, spread for a rush of the number that counts."""
        desk = staff(http, "coupons.read", "coupons.write")
        body = {**fields(), "claim_from": "2026-11-20T00:00:00Z", "claim_until": "2026-12-20T00:00:00Z"}
        made = desk.post("/admin/coupon-templates", json={**body, "total": 1}).ok()
        for version, total in enumerate((4, 2, 1, 100_000, 3, 60), start=1):
            edited = {**body, "total": total, "version": version}
            assert desk.put(f"/admin/coupon-templates/{made['id']}", json=edited).ok()["left"] == total
            stored = Template.get("mall", made["id"])
            assert stored.shards == max(1, min(16, total // 50))

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"segment_id": "seg_typo"}, "segment_id"),
            *(
                ({"terms": terms(scope={name: ["typo"]})}, f"terms.scope.{name}")
                for name in ("product_ids", "excluded_product_ids", "category_ids", "brand_ids")
            ),
        ],
    )
    def test_what_is_not_there(
        self, counter: Counter, http: Client, cloud: Cloud, wrong: dict[str, Any], field: str
    ) -> None:
        """A typing mistake would make a coupon that is good for nothing, or that nobody can claim."""
        body = {**fields(), "claim_from": "2026-11-20T00:00:00Z", "claim_until": "2026-12-20T00:00:00Z", **wrong}
        desk = staff(http, "coupons.write")
        with cloud.unchanged():
            refused = desk.post("/admin/coupon-templates", json=body)
        assert (refused.status, [each["field"] for each in refused.json["details"]["errors"]]) == (422, [field])

    def test_what_is_gone_since_does_not_stop_an_edit(self, counter: Counter, http: Client) -> None:
        quilt = factories.product()
        made = template(terms=terms(scope={"product_ids": [quilt.id]}), segment_id=segment())
        quilt.delete()
        Segment.get("mall", VIP).delete()
        window = {"claim_from": "2026-11-20T00:00:00Z", "claim_until": "2026-12-20T00:00:00Z"}
        more = {"terms": terms(scope={"product_ids": [quilt.id]}), "segment_id": VIP, "total": 101, "version": 2}
        desk = staff(http, "coupons.read", "coupons.write")
        assert desk.put(f"/admin/coupon-templates/{made.id}", json={**fields(), **window, **more}).ok()["left"] == 101

    def test_one_that_is_over_is_not_handed_out(self, counter: Counter, http: Client, cloud: Cloud) -> None:
        made, me = over(way="grant"), counter.shopper.id
        desk = staff(http, "coupons.write")
        body = {"template_id": made.id, "member_ids": [me], "reason": "周年庆"}
        with cloud.unchanged():
            assert desk.post("/admin/coupon-grants", json=body).code == "coupon_template_over"
            unknown = desk.post("/admin/coupon-grants", json={**body, "member_ids": [], "segment_id": "seg_typo"})
        assert unknown.code == "coupon_template_over"
        with pytest.raises(Exception, match="coupon_template_over"), Transaction() as tx:
            service.grant(tx, made.id, me, cause="birthday")
        assert held(me) == []

    def test_a_grant_to_nobody(self, counter: Counter, http: Client, cloud: Cloud) -> None:
        body = {"template_id": template(way="grant").id, "segment_id": "seg_typo", "reason": "周年庆"}
        desk = staff(http, "coupons.write")
        with cloud.unchanged():
            assert desk.post("/admin/coupon-grants", json=body).status == 422

    def test_a_word_leads_to_one_template(self, counter: Counter) -> None:
        template(way="code", word="HELLO8")
        with pytest.raises(Exception, match="coupon_word_taken"):
            template(way="code", word="hello8")
        assert len(list(Template.scan())) == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            {"terms": terms(off_amount=None)},
            {"terms": terms(off_amount=0)},
            {"terms": terms(kind="percent")},
            {"terms": terms(valid_days=None)},
            {"terms": terms(cap_amount=1)},
            {"terms": terms(scope={"product_ids": ["x"] * 51})},
            {"total": 0},
            {"claim_until": "2026-01-01T00:00:00Z"},
            {"word": "hi"},
            {"word": "HELLO8"},
        ],
    )
    def test_nonsense(self, counter: Counter, http: Client, cloud: Cloud, wrong: Any) -> None:
        body = {**fields(), "claim_from": "2026-11-20T00:00:00Z", "claim_until": "2026-12-20T00:00:00Z", **wrong}
        desk = staff(http, "coupons.write")
        with cloud.unchanged():
            assert desk.post("/admin/coupon-templates", json=body).status == 422
