"""Coupons that are owed: they wait until there is room."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import Table, TimeAttribute, table_name


class ByTemplate(GlobalSecondaryIndex["WaitingCoupon"]):
    class Meta:
        index_name = "by_template"
        projection = AllProjection()

    template_id = UnicodeAttribute(hash_key=True)
    since = TimeAttribute(range_key=True)


class WaitingCoupon(Table):
    """A coupon that was given but did not fit. Its id is the one that the coupon will have."""

    class Meta:
        table_name = table_name("waiting_coupons")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    template_id = UnicodeAttribute()
    source = UnicodeAttribute()
    title = UnicodeAttribute()
    since = TimeAttribute()

    by_template = ByTemplate()
