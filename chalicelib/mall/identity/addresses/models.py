"""A member's addresses: one partition a member, so another member's address is simply not found."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import Table, TimeAttribute, table_name


class Address(Table):
    """Where goods go. Codes and names: names stay as they were even when a region is renamed."""

    class Meta:
        table_name = table_name("addresses")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    phone = UnicodeAttribute()
    province_code = UnicodeAttribute()
    city_code = UnicodeAttribute()
    district_code = UnicodeAttribute()
    """The deepest code there is (for 东莞 that is the city's own)."""
    province = UnicodeAttribute()
    city = UnicodeAttribute()
    district = UnicodeAttribute()
    detail = UnicodeAttribute()
    is_default = BooleanAttribute(default=False)
    """Kept equal to ``Member.default_address_id`` by every transaction, so that a list costs one read."""
    created_at = TimeAttribute()
    updated_at = TimeAttribute()
