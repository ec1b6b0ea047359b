"""What somebody typed: the form of a number says what it may be. No read."""

from __future__ import annotations

import re
import unicodedata

from chalicelib.trade.orders.desk.searching.leads.service import order_finders

_FORMS = {
    "number": re.compile(r"\d{20}"),
    "phone": re.compile(r"1\d{10}|0\d{2,3}-?\d{7,8}|\+\d{6,18}"),
    "member_id": re.compile(r"mbr_[0-9a-z]{26}"),
    "product_id": re.compile(r"prd_[0-9a-z]{26}"),
    "sku_id": re.compile(r"sku_[0-9a-z]{26}"),
}
_ID = re.compile(r"[a-z]{3}_[0-9a-z]{26}")
_CHINESE_MOBILE = re.compile(r"(?:\+?86[\s\-]*)?(1\d{2})[\s\-]*(\d{4})[\s\-]*(\d{4})")
_LONG_NUMBER = re.compile(r"[0-9+\-]{10,}|[a-z]{3}_[0-9a-z]{26}")


def guesses(typed: str) -> list[tuple[str, str]]:
    """As which fields *typed* can be understood, the most particular first, each with its value."""
    text = unicodedata.normalize("NFKC", typed).strip()
    number = re.sub(r"\s", "", text)
    if mobile := _CHINESE_MOBILE.fullmatch(text):
        number = "".join(mobile.groups())
    found = [(field, number) for field, form in _FORMS.items() if form.fullmatch(number)]
    found += [(field, number) for field, finder in order_finders.items() if finder.fits(number)]
    if not found and _ID.fullmatch(number):
        found = [("part_of", number)]
    # Nobody is called a long number: what none of its keepers knows is not looked for in names.
    return found if _LONG_NUMBER.fullmatch(number) else [*found, ("text", text)]
