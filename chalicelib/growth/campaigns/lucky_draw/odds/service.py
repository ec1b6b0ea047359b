"""What a number means. docs/algorithms/lucky-draw.md, "The number"."""

from __future__ import annotations

import hashlib
import json
import secrets

from chalicelib.core.money import allocate
from chalicelib.growth.campaigns.lucky_draw.schemas import LuckyDrawSettings, Prize

ALL_BPS = 10_000


def throw(total_weight: int) -> int:
    """A number from zero to below *total_weight*, each as likely, from the system's cryptographic source."""
    return secrets.randbelow(total_weight)


def prize_at(settings: LuckyDrawSettings, number: int) -> Prize:
    """The prize that *number* means: each has as many numbers as its weight, in the order of the settings."""
    end = 0
    for prize in settings.prizes:
        end += prize.weight
        if 0 <= number < end:
            return prize
    raise ValueError(f"{number} is not below the sum of the weights, {end}")


def odds_bps(settings: LuckyDrawSettings) -> dict[str, int]:
    """Prize → its chance in ten-thousandths, to the nearest that lets all of them sum to 10,000."""
    parts = allocate(ALL_BPS, [each.weight for each in settings.prizes])
    return {prize.id: part for prize, part in zip(settings.prizes, parts, strict=True)}


def fingerprint(settings: LuckyDrawSettings) -> str:
    """Of all that gives a number its meaning: prizes in their order with their weights, and the fallback."""
    table = [[[each.id, each.weight] for each in settings.prizes], settings.fallback]
    return hashlib.sha256(json.dumps(table, ensure_ascii=True).encode()).hexdigest()[:16]
