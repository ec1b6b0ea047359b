"""A draw: one number, one transaction. docs/algorithms/lucky-draw.md, "One draw"."""

from __future__ import annotations

import random
from dataclasses import dataclass

from chalicelib.core import clock, ids
from chalicelib.core.ledgers import insistently
from chalicelib.core.once import Guard, Once, Repeat
from chalicelib.core.schemas import Nothing
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.growth.campaigns.base.models import MALL, Campaign, CampaignStatus
from chalicelib.growth.campaigns.base.service import is_for
from chalicelib.growth.campaigns.base.statistics import service as statistics
from chalicelib.growth.campaigns.lucky_draw.chances import service as chances
from chalicelib.growth.campaigns.lucky_draw.errors import DrawClosed, DrawNotForYou, PrizeGone
from chalicelib.growth.campaigns.lucky_draw.events import DrawWon
from chalicelib.growth.campaigns.lucky_draw.goods import service as goods
from chalicelib.growth.campaigns.lucky_draw.models import ID_PREFIX, Draw, DrawAccount, PrizeCount, Reason
from chalicelib.growth.campaigns.lucky_draw.odds import service as odds
from chalicelib.growth.campaigns.lucky_draw.schemas import LuckyDrawSettings, Prize
from chalicelib.growth.campaigns.lucky_draw.service import NAME, require_draw, settings_of
from chalicelib.loyalty.rewards import service as rewards
from chalicelib.loyalty.wallet import service as wallet
from chalicelib.mall.identity.members import service as members
from chalicelib.mall.identity.members.models import Member
from chalicelib.mall.inventory.errors import OutOfStock

SHARDS = 8


@dataclass
class Turn:
    """A request to draw. Its number is thrown once, however often its transaction is tried."""

    member_id: str
    campaign_id: str
    once: Once
    number: int | None = None
    gone: bool = False
    """What the number means was given out meanwhile."""

    def throw(self, total_weight: int) -> int:
        # Not again for a transaction that met another one: which of them meet depends on the prize, and
        # the odds would no longer be those that were shown.
        if self.number is None:
            self.number = odds.throw(total_weight)
        return self.number


def draw(member_id: str, campaign_id: str, key: str) -> Draw:
    """Spend a chance. The same *key* answers the same draw.

    :raises CampaignNotFound, DrawClosed, DrawNotForYou, NoChance, DrawLimitReached, KeyReused:
    :raises AccountMoved: the member's accounts move faster than we read.
    """
    turn = Turn(member_id, campaign_id, Once(member_id, f"draw/{campaign_id}", key, Nothing()))
    try:
        return insistently(lambda: _take(turn))
    except Repeat as repeat:
        found = Draw.find(member_id, repeat.result, consistent=True)
        assert found is not None  # written with the guard that named it
        return found


def _take(turn: Turn) -> Draw:
    try:
        return _attempt(turn)
    except (PrizeGone, OutOfStock):
        turn.gone = True
        return _attempt(turn)


def _attempt(turn: Turn) -> Draw:
    account_key = (turn.member_id, turn.campaign_id)
    found = batch_get(
        {
            Guard: [turn.once.guard_id],
            Campaign: [(MALL, turn.campaign_id)],
            Member: [turn.member_id],
            DrawAccount: [account_key],
        },
        consistent=True,
    )
    turn.once.recognize(found[Guard].get(turn.once.guard_id))
    campaign = _open(found[Campaign].get((MALL, turn.campaign_id)), found[Member].get(turn.member_id))
    settings = settings_of(campaign)
    account = chances.today_of(found[DrawAccount].get(account_key), *account_key)
    is_first = not account.drawn
    chances.spend(account, settings)
    made, prize = _result(turn, settings, account)
    with turn.once.writing(made.id) as tx:
        members.require_active(tx, turn.member_id)
        chances.write(tx, account)
        tx.put(made)
        _count(tx, turn.campaign_id, prize)
        _give(tx, made, campaign, prize)
        if is_first:
            statistics.join(tx, campaign, turn.member_id)
    return made


def _open(campaign: Campaign | None, member: Member | None) -> Campaign:
    campaign = require_draw(campaign)
    status = campaign.status_at(clock.now())
    if status is not CampaignStatus.RUNNING:
        raise DrawClosed(status=status)
    if not is_for(campaign.segment_id, Member.require_active(member)):
        raise DrawNotForYou()
    return campaign


def _result(turn: Turn, settings: LuckyDrawSettings, account: DrawAccount) -> tuple[Draw, Prize]:
    """What the number means, and what is given for it; a prize with a limit is counted in *account*."""
    number = turn.throw(settings.total_weight)
    drawn = odds.prize_at(settings, number)
    reason = Reason.GONE if turn.gone else None
    if drawn.per_member_max is not None and account.wins.get(drawn.id, 0) >= drawn.per_member_max:
        reason = Reason.LIMIT
    prize = settings.prize(settings.fallback) if reason else drawn
    if prize.per_member_max is not None:
        account.wins = {**account.wins, prize.id: account.wins.get(prize.id, 0) + 1}
    made = Draw(
        member_id=turn.member_id,
        id=ids.new(ID_PREFIX),
        campaign_id=turn.campaign_id,
        at=clock.now(),
        number=number,
        total_weight=settings.total_weight,
        table=odds.fingerprint(settings),
        drawn_id=drawn.id,
        prize_id=prize.id,
        reason=reason,
        title=prize.title,
        won_in=turn.campaign_id if prize.is_win else None,
    )
    return made, prize


def _count(tx: Transaction, campaign_id: str, prize: Prize) -> None:
    """One more was given. :raises PrizeGone: (at commit) there is none left."""
    if prize.stock is None:
        shard = f"{prize.id}#{random.randrange(SHARDS)}"
        tx.update(PrizeCount(campaign_id=campaign_id, id=shard), [PrizeCount.given.add(1)])
        return
    as_set = PrizeCount.given.does_not_exist() | (PrizeCount.given < prize.stock)
    some_left = (PrizeCount.stock.does_not_exist() & as_set) | (PrizeCount.given < PrizeCount.stock)
    row = PrizeCount(campaign_id=campaign_id, id=prize.id)
    tx.update(row, [PrizeCount.given.add(1)], only_if=some_left, otherwise=PrizeGone())


def _give(tx: Transaction, made: Draw, campaign: Campaign, prize: Prize) -> None:
    """The prize, once for the draw. :raises AccountMoved: (at commit) points, coupons or money moved meanwhile."""
    rewards.grant(tx, made.member_id, prize.reward, NAME, made.id, f"抽奖：{prize.title}"[:64])
    if prize.wallet_amount:
        wallet.credit(tx, made.member_id, NAME, made.id, principal=0, gift=prize.wallet_amount)
    if prize.goods:
        goods.keep(tx, made, campaign, prize)
    if made.won_in is not None:
        tx.emit(DrawWon(member_id=made.member_id, draw_id=made.id))
