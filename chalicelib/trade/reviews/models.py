"""Tables of reviews: keys, indexes, states."""

from __future__ import annotations

from enum import StrEnum

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.core.states import Steps
from chalicelib.core.tables import DocumentAttribute, EnumAttribute, IntAttribute, Table, TimeAttribute, table_name

MALL = "mall"
SHARDS = 4
STARS = (1, 2, 3, 4, 5)


class ReviewStatus(StrEnum):
    """What becomes of something that a buyer wrote. See docs/algorithms/reviews.md."""

    WAITING = "waiting"
    """WeChat is looking at it."""
    HELD = "held"
    """Staff decide: WeChat has doubts, or could not be asked."""
    SHOWN = "shown"
    HIDDEN = "hidden"


STEPS = Steps(
    {
        ReviewStatus.WAITING: [ReviewStatus.SHOWN, ReviewStatus.HELD, ReviewStatus.HIDDEN],
        ReviewStatus.HELD: [ReviewStatus.SHOWN, ReviewStatus.HIDDEN],
        ReviewStatus.SHOWN: [ReviewStatus.HIDDEN],
        ReviewStatus.HIDDEN: [ReviewStatus.SHOWN],
    }
)


class Part(StrEnum):
    """A review is written once, and once more is added to it."""

    MAIN = "main"
    APPEND = "append"


class ByProduct(GlobalSecondaryIndex["Review"]):
    """Reviews of a product: what its page shows under ``1#``, the others under ``0#``, each by time."""

    class Meta:
        index_name = "by_product"
        projection = AllProjection()

    product_id = UnicodeAttribute(hash_key=True)
    place = UnicodeAttribute(range_key=True)


class ByStars(GlobalSecondaryIndex["Review"]):
    class Meta:
        index_name = "by_stars"
        projection = AllProjection()

    stars_of = UnicodeAttribute(hash_key=True)
    written_at = TimeAttribute(range_key=True)


class ByPictures(GlobalSecondaryIndex["Review"]):
    class Meta:
        index_name = "by_pictures"
        projection = AllProjection()

    pictures_of = UnicodeAttribute(hash_key=True)
    written_at = TimeAttribute(range_key=True)


class ByAppend(GlobalSecondaryIndex["Review"]):
    class Meta:
        index_name = "by_append"
        projection = AllProjection()

    append_of = UnicodeAttribute(hash_key=True)
    written_at = TimeAttribute(range_key=True)


class ByDesk(GlobalSecondaryIndex["Review"]):
    class Meta:
        index_name = "by_desk"
        projection = AllProjection()

    desk = UnicodeAttribute(hash_key=True)
    written_at = TimeAttribute(range_key=True)


class Review(Table):
    """A buyer's word on one line of an order, under the buyer.

    Of the indexes only ``by_product`` and ``by_desk`` hold it always; the others hold what is shown. Their keys follow
    from the two statuses: :func:`chalicelib.trade.reviews.service.placed`.
    """

    class Meta:
        table_name = table_name("reviews")

    member_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    """``<order id>-<line>``: one for each line, for ever."""
    order_id = UnicodeAttribute()
    order_number = UnicodeAttribute()
    line = IntAttribute()
    product_id = UnicodeAttribute()
    sku_id = UnicodeAttribute()
    name = UnicodeAttribute()
    spec = UnicodeAttribute()
    picture = UnicodeAttribute()
    stars = IntAttribute()
    text = UnicodeAttribute(null=True)
    tags = DocumentAttribute[list[str]](list[str], default=list)
    pictures = DocumentAttribute[list[str]](list[str], default=list)
    anonymous = BooleanAttribute(default=False)
    automatic = BooleanAttribute(default=False)
    """Nobody wrote it: the time to review was over. It counts no stars."""
    status = EnumAttribute(ReviewStatus)
    reason = UnicodeAttribute(null=True)
    """Why it is held or hidden: a verdict of the check, or staff's words."""
    written_at = TimeAttribute()
    first_shown_at = TimeAttribute(null=True)
    hidden_at = TimeAttribute(null=True)
    """Since when it is hidden, if it was shown before."""
    withdrawn_at = TimeAttribute(null=True)
    """When it stopped counting for what reviews earn. Not under the version."""

    append_text = UnicodeAttribute(null=True)
    append_pictures = DocumentAttribute[list[str]](list[str], default=list)
    append_status = EnumAttribute(ReviewStatus, null=True)
    append_reason = UnicodeAttribute(null=True)
    appended_at = TimeAttribute(null=True)

    reply = UnicodeAttribute(null=True)
    replied_at = TimeAttribute(null=True)
    version = IntAttribute(default=1)

    place = UnicodeAttribute()
    desk = UnicodeAttribute()
    stars_of = UnicodeAttribute(null=True)
    pictures_of = UnicodeAttribute(null=True)
    append_of = UnicodeAttribute(null=True)

    by_product = ByProduct()
    by_stars = ByStars()
    by_pictures = ByPictures()
    by_append = ByAppend()
    by_desk = ByDesk()


class ReviewCount(Table):
    """Numbers of a product's shown reviews, sharded. ``id``: ``#2``, or of a tag ``tag#质量好#2``."""

    class Meta:
        table_name = table_name("review_counts")

    product_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    stars_1 = IntAttribute(default=0)
    stars_2 = IntAttribute(default=0)
    stars_3 = IntAttribute(default=0)
    stars_4 = IntAttribute(default=0)
    stars_5 = IntAttribute(default=0)
    automatic = IntAttribute(default=0)
    pictures = IntAttribute(default=0)
    appended = IntAttribute(default=0)
    tagged = IntAttribute(default=0)


class ReviewTags(Table):
    """The one item of tags that buyers choose among."""

    class Meta:
        table_name = table_name("review_tags")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    tags = DocumentAttribute[list[str]](list[str])


def review_id(order_id: str, line: int) -> str:
    """The id of the review of a line."""
    return f"{order_id}-{line}"
