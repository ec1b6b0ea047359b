"""Money: whole fen, nothing else. Rates are basis points (1 bps = 1/10,000)."""

from __future__ import annotations

from collections.abc import Sequence

MAX_AMOUNT = 10_000_000_000  # CNY 100 million: more is a mistake, not a sale


def allocate(amount: int, weights: Sequence[int]) -> list[int]:
    """Spread *amount* over *weights* by largest remainder; the shares sum to *amount* to the fen.

    Ties go to the earlier share. With all weights zero the first share takes everything.

    :param amount: fen, may be negative (a discount).
    :raises ValueError: no weights, or a negative weight.
    """
    if not weights or min(weights) < 0:
        raise ValueError("weights must be given and not negative")
    total = sum(weights)
    if total == 0:
        return [amount] + [0] * (len(weights) - 1)
    sign, size = (-1, -amount) if amount < 0 else (1, amount)
    shares = [size * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(size * weights[i] % total), i))
    for i in by_remainder[: size - sum(shares)]:
        shares[i] += 1
    return [sign * share for share in shares]


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Spread *amount*, a part of ``sum(weights)``, so that no share ever shrinks while the amount grows.

    For what goes back bit by bit: the difference of two splits is never negative, no share exceeds its weight, and the
    whole gives the weights themselves. (Largest remainder can take a fen back from a share when the total grows.)

    :raises ValueError: a negative weight, or an amount outside of 0 to the sum.
    """
    left = sum(weights)
    if not weights or min(weights) < 0 or not 0 <= amount <= left:
        raise ValueError("amount must be a part of the weights, which are not negative")
    shares = []
    for weight in weights:
        share = amount * weight // left if left else 0
        shares.append(share)
        amount, left = amount - share, left - weight
    return shares


def apply_bps(amount: int, bps: int) -> int:
    """*amount* times *bps*/10,000, rounded half up to the fen."""
    return (amount * bps + 5_000) // 10_000


def yuan(amount: int) -> str:
    """For people and for partners that speak yuan: ``12345`` → ``"123.45"``."""
    sign, size = ("-", -amount) if amount < 0 else ("", amount)
    return f"{sign}{size // 100}.{size % 100:02d}"
