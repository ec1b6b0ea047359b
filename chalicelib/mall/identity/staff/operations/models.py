"""The operation log: a partition a business day, found by person and by thing as well."""

from __future__ import annotations

from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.tables import Table, TimeAttribute, table_name


class ByStaff(GlobalSecondaryIndex["Operation"]):
    class Meta:
        index_name = "by_staff"
        projection = AllProjection()

    staff_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class ByTarget(GlobalSecondaryIndex["Operation"]):
    class Meta:
        index_name = "by_target"
        projection = AllProjection()

    target = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class Operation(Table):
    """One change made by one person of the staff. Never changed, never deleted."""

    class Meta:
        table_name = table_name("operations")

    day = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    staff_id = UnicodeAttribute()
    staff_name = UnicodeAttribute()
    method = UnicodeAttribute()
    path = UnicodeAttribute()
    target = UnicodeAttribute(null=True)
    """The id of what was changed, as the path names it; absent when something new was made."""
    summary = UnicodeAttribute(null=True)
    """The body, shortened, without secrets and personal data."""
    digest = UnicodeAttribute(null=True)
    """Of the whole body without secrets: tells whether two requests were the same."""
    ip = UnicodeAttribute()
    request_id = UnicodeAttribute()
    done_at = TimeAttribute()

    by_staff = ByStaff()
    by_target = ByTarget()
