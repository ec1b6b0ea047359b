"""What a buyer may ask about check-in."""

from __future__ import annotations

from chalicelib.core.api import Api, IdempotencyKey
from chalicelib.core.ledgers import AccountMoved, BalanceTooLow
from chalicelib.core.once import KeyReused
from chalicelib.loyalty.tasks.check_in import errors, service
from chalicelib.loyalty.tasks.check_in.make_up import service as make_up
from chalicelib.loyalty.tasks.check_in.schemas import (
    BuyCards,
    CardsView,
    CheckInView,
    MakeUp,
    MonthView,
    NameMonth,
    SetReminder,
)
from chalicelib.mall.identity.service import Buyer

api = Api("check_in", title="签到 Check-in")


@api.get("/me/check-in")
def my_check_in(buyer: Buyer) -> CheckInView:
    """Show my streak, the steps of the cycle with what they give, and how I can mend a missed day."""
    return service.show(buyer.member_id)


@api.post("/me/check-in", raises=[errors.CheckInClosed, errors.CheckInMoved, AccountMoved])
def check_in(buyer: Buyer) -> CheckInView:
    """Check in for today. Again answers the same, with `given` null."""
    return service.check_in(buyer.member_id)


@api.get("/me/check-in/days")
def my_check_in_days(buyer: Buyer, query: NameMonth) -> MonthView:
    """Show the days of a month that count."""
    return service.month(buyer.member_id, query.month)


@api.post(
    "/me/check-in/make-ups",
    raises=[
        *(errors.CheckInClosed, errors.NotMissed, errors.MakeUpLimitReached, errors.NoMakeUpCard),
        *(errors.CheckInMoved, AccountMoved),
    ],
)
def make_up_day(buyer: Buyer, body: MakeUp) -> CheckInView:
    """Mend a missed day, for a free one of the month or a card. A day that counts already costs nothing."""
    return make_up.make_up(buyer.member_id, body.day)


@api.post("/me/check-in/cards", status=201, raises=[errors.CardsNotSold, BalanceTooLow, AccountMoved, KeyReused])
def buy_cards(buyer: Buyer, body: BuyCards, key: IdempotencyKey) -> CardsView:
    """Buy make-up cards for points."""
    return CardsView(cards=make_up.buy(buyer.member_id, body, key))


@api.put("/me/check-in/reminder")
def set_reminder(buyer: Buyer, body: SetReminder) -> CheckInView:
    """Ask to be reminded on a day that I forget, or not any more. The notice `check_in_due` needs my agreement."""
    return service.set_reminder(buyer.member_id, body.remind)
