"""Consents. They are proof, so they stay when the member is gone; they name nobody."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import EnumAttribute, Table, TimeAttribute, table_name


class Scene(StrEnum):
    """What was agreed to, and where it was asked."""

    PRIVACY_POLICY = "privacy_policy"
    TERMS_OF_SERVICE = "terms_of_service"
    PHONE = "phone"
    LOCATION = "location"
    PROFILE = "profile"
    MARKETING = "marketing"
    SHARING = "sharing"
    """Giving data to third parties: separate consent is the law."""


class Consent(Table):
    """One answer of a member to one version of one text. Written once."""

    class Meta:
        table_name = table_name("consents")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    scene = EnumAttribute(Scene)
    version = UnicodeAttribute()
    granted = BooleanAttribute()
    """False: refused, or taken back."""
    given_at = TimeAttribute()
