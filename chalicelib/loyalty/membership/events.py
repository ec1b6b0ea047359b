"""What happens to memberships."""

from datetime import datetime

from chalicelib.core.events import Event


class LevelChanged(Event):
    """A member has another level. ``before``: empty for who had none yet."""

    member_id: str
    level: str
    before: str = ""


class LevelEnds(Event):
    """Deadline: the period of a level is over, it is decided again; unless it is another one by then."""

    member_id: str
    level: str
    ends_at: datetime


class CheckLevelEnd(Event):
    """Deadline: would the level be lost at the end of its period? If so, :class:`LevelEnding` is announced."""

    member_id: str
    level: str
    ends_at: datetime


class LevelEnding(Event):
    """The period of a level ends soon, and too little was gained in it to keep the level."""

    member_id: str
    level: str
    ends_at: datetime


class CardBegun(Event):
    """A member has a card: bought, renewed, or given by staff."""

    member_id: str
    card_id: str


class CardTurns(Event):
    """Deadline: a card begins or ends, so that another level may count."""

    member_id: str


class CardEnding(Event):
    """A card ends soon, and no other of its level follows."""

    member_id: str
    card_id: str
    level: str
    ends_at: datetime


class CheckCardEnd(Event):
    """Deadline: does the card still end then? If so, :class:`CardEnding` is announced."""

    member_id: str
    card_id: str


class CardRefused(Event):
    """A card was paid by who has no account any more: the money goes back."""

    purchase_id: str


class CardStopped(Event):
    """Staff ended a card before its time; ``refunded_amount``, fen, is on its way back."""

    member_id: str
    card_id: str
    refunded_amount: int = 0
