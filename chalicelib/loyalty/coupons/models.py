"""Tables of coupons: keys, indexes, states."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel
from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name
from chalicelib.loyalty.coupons.schemas import Terms

MALL = "mall"
MAX_BOOK = 60
MAX_SHARDS = 16


class TemplateStatus(StrEnum):
    """Whether a template gives out coupons; within its window, and while there are pieces."""

    DRAFT = "draft"
    ACTIVE = "active"
    STOPPED = "stopped"


TEMPLATE_STEPS = Steps(
    {
        TemplateStatus.DRAFT: [TemplateStatus.ACTIVE],
        TemplateStatus.ACTIVE: [TemplateStatus.STOPPED],
        TemplateStatus.STOPPED: [TemplateStatus.ACTIVE],
    }
)


class CouponStatus(StrEnum):
    """The life of a coupon. One that is over by the clock stays ``unused``."""

    UNUSED = "unused"
    USED = "used"
    GIVING = "giving"
    """Offered to a friend."""
    GIVEN = "given"
    VOID = "void"
    """Taken back by staff."""


COUPON_STEPS = Steps(
    {
        CouponStatus.UNUSED: [CouponStatus.USED, CouponStatus.GIVING, CouponStatus.VOID],
        CouponStatus.USED: [CouponStatus.UNUSED],
        CouponStatus.GIVING: [CouponStatus.GIVEN, CouponStatus.UNUSED],
    }
)


class Way(StrEnum):
    """How a template's coupons are given out."""

    PUBLIC = "public"
    """Anybody (of the audience) claims it in the coupon center."""
    CODE = "code"
    """Whoever knows a code."""
    GRANT = "grant"
    """By staff, or by a rule of the mall."""


class Template(Table):
    """What staff set out. All templates of the mall stand in one partition: they are some hundreds."""

    class Meta:
        table_name = table_name("coupon_templates")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    title = UnicodeAttribute()
    status = EnumAttribute(TemplateStatus)
    way = EnumAttribute(Way)
    word = UnicodeAttribute(null=True)
    """The one code for many."""
    terms = DocumentAttribute[Terms](Terms)
    total = IntAttribute()
    shards = IntAttribute()
    per_member_limit = IntAttribute()
    claim_from = TimeAttribute()
    claim_until = TimeAttribute()
    segment_id = UnicodeAttribute(null=True)
    """Only members of this segment may claim; null: everybody."""
    sold_out = BooleanAttribute(default=False)
    codes = IntAttribute(null=True)
    """Single codes that were made or begun: never more than ``total``."""
    created_at = TimeAttribute()
    version = IntAttribute(default=1)


class TemplateStock(Table):
    """Pieces left of a template, in shards, so that a rush does not meet on one item."""

    class Meta:
        table_name = table_name("coupon_stocks")

    template_id = UnicodeAttribute(hash_key=True)
    shard = UnicodeAttribute(range_key=True)
    left = IntAttribute()


class Claimed(Table):
    """How many of a template a member has had: counted in the claim, never by looking at the past."""

    class Meta:
        table_name = table_name("coupon_claims")

    member_id = UnicodeAttribute(hash_key=True)
    template_id = UnicodeAttribute(range_key=True)
    claimed = IntAttribute()


class ByCode(GlobalSecondaryIndex["Coupon"]):
    class Meta:
        index_name = "by_code"
        projection = KeysOnlyProjection()

    code = UnicodeAttribute(hash_key=True)


class Coupon(Table):
    """One coupon under its holder."""

    class Meta:
        table_name = table_name("coupons")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    template_id = UnicodeAttribute()
    title = UnicodeAttribute()
    terms = DocumentAttribute[Terms](Terms)
    status = EnumAttribute(CouponStatus)
    code = UnicodeAttribute()
    """Twelve digits, for the store."""
    source = UnicodeAttribute()
    """``claim``, ``code``, ``gift``, or the grant's or rule's id."""
    valid_from = TimeAttribute()
    expires_at = TimeAttribute()
    claimed_at = TimeAttribute()
    used_at = TimeAttribute(null=True)
    order_id = UnicodeAttribute(null=True)
    store_id = UnicodeAttribute(null=True)
    redeemed_by = UnicodeAttribute(null=True)
    gift_id = UnicodeAttribute(null=True)
    from_coupon_id = UnicodeAttribute(null=True)

    by_code = ByCode()


class Entry(BaseModel):
    """A usable coupon in its holder's book."""

    template_id: str
    title: str
    terms: Terms
    valid_from: str
    """Stored times (``core.tables.time_text``): they compare as text."""
    expires_at: str


class CouponBook(Table):
    """The usable coupons of a member: what a price step reads."""

    class Meta:
        table_name = table_name("coupon_books")

    member_id = UnicodeAttribute(hash_key=True)
    entries = DocumentAttribute[dict[str, Entry]](dict[str, Entry], default=dict)
    version = IntAttribute(default=0)


class Code(Table):
    """A code of a template: one word for many, or a single code of a batch."""

    class Meta:
        table_name = table_name("coupon_codes")

    code = UnicodeAttribute(hash_key=True)
    template_id = UnicodeAttribute()
    batch_id = UnicodeAttribute(null=True)
    """Single codes have one."""
    used_by = UnicodeAttribute(null=True)
    used_at = TimeAttribute(null=True)


class ByTemplate(GlobalSecondaryIndex["CodeBatch"]):
    class Meta:
        index_name = "by_template"
        projection = AllProjection()

    template_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class CodeBatch(Table):
    """Single codes being made: derived from the batch's secret, so that making them twice makes the same."""

    class Meta:
        table_name = table_name("coupon_code_batches")

    id = UnicodeAttribute(hash_key=True)
    template_id = UnicodeAttribute()
    secret = UnicodeAttribute()
    size = IntAttribute()
    made = IntAttribute(default=0)
    created_at = TimeAttribute()

    by_template = ByTemplate()


class GrantStatus(StrEnum):
    """How far a grant is."""

    RUNNING = "running"
    DONE = "done"


class Grant(Table):
    """Coupons given by staff to many members; each gets theirs in a transaction of its own."""

    class Meta:
        table_name = table_name("coupon_grants")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    template_id = UnicodeAttribute()
    segment_id = UnicodeAttribute(null=True)
    member_ids = DocumentAttribute[list[str]](list[str], default=list)
    reason = UnicodeAttribute()
    status = EnumAttribute(GrantStatus)
    given = IntAttribute(default=0)
    refused = DocumentAttribute[dict[str, int]](dict[str, int], default=dict)
    """Why some got none: code → members."""
    created_at = TimeAttribute()
    created_by = UnicodeAttribute()


class GiftStatus(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    ENDED = "ended"


GIFT_STEPS = Steps({GiftStatus.OPEN: [GiftStatus.TAKEN, GiftStatus.ENDED]})


class Gift(Table):
    """A coupon offered to a friend, behind a code that can not be guessed."""

    class Meta:
        table_name = table_name("coupon_gifts")

    id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute()
    coupon_id = UnicodeAttribute()
    status = EnumAttribute(GiftStatus)
    until = TimeAttribute()
    taken_by = UnicodeAttribute(null=True)


class TemplateDay(Table):
    """Numbers of a template on a business day, sharded."""

    class Meta:
        table_name = table_name("coupon_days")

    template_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """``2026-11-24#3``."""
    issued_count = IntAttribute(default=0)
    used_count = IntAttribute(default=0)
    returned_count = IntAttribute(default=0)
    redeemed_count = IntAttribute(default=0)
    discount_amount = IntAttribute(default=0)
    goods_amount = IntAttribute(default=0)
    redeemed_discount_amount = IntAttribute(default=0)
    redeemed_goods_amount = IntAttribute(default=0)
