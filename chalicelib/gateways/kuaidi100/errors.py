"""Kuaidi100's codes as types, and the refusals of a callback."""

from __future__ import annotations

from chalicelib.core.errors import DomainError
from chalicelib.core.http import PartnerBroken, PartnerError, PartnerRefused


class Kuaidi100Refused(PartnerRefused):
    """It said no for a reason without a type of its own; see ``partner_code`` and ``reason``."""


class NoRecords(Kuaidi100Refused):
    """The courier knows nothing of the number, or nothing yet: normal in the first hours."""


class PhoneWanted(Kuaidi100Refused):
    """The courier wants the last four digits of a phone, or they are wrong."""


class CarrierNotSupported(Kuaidi100Refused):
    """It can not watch this courier's numbers, or not this one: ask now and then."""


class AlreadySubscribed(Kuaidi100Refused):
    """The number is being watched: a repeat of ours, or somebody else's subscription with the same key."""


class Kuaidi100Misconfigured(Kuaidi100Refused):
    """Key, customer or permission is wrong or used up: a person has to act. Logged as an alarm."""


class ForgedCallback(DomainError):
    """The callback is not for a parcel of ours, or not signed with its salt."""

    code, status, message = "forged_callback", 401, "签名错误"


class UnreadableCallback(DomainError):
    """Truly signed, but not what the protocol promises. Logged as an alarm."""

    code, status, message = "unreadable_callback", 400, "推送无法解读"


# The same number means different things to the two interfaces.
QUERY_CODES: dict[str, type[PartnerError]] = {
    "408": PhoneWanted,
    "500": NoRecords,
    "501": PartnerBroken,
    "502": PartnerBroken,
    **dict.fromkeys(("503", "601"), Kuaidi100Misconfigured),
}
SUBSCRIBE_CODES: dict[str, type[PartnerError]] = {
    "408": PhoneWanted,
    "500": PartnerBroken,
    "501": AlreadySubscribed,
    **dict.fromkeys(("600", "601"), Kuaidi100Misconfigured),
    **dict.fromkeys(("700", "701"), CarrierNotSupported),
}
