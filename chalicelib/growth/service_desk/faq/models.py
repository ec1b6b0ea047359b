"""Tables of questions and answers. All articles of the mall stand in one partition: they are few."""

from __future__ import annotations

from pynamodb.attributes import BooleanAttribute, UnicodeAttribute

from chalicelib.core.tables import DocumentAttribute, IntAttribute, Table, TimeAttribute, table_name

MALL = "mall"
SHARDS = 4


class FaqArticle(Table):
    """A question with its answer."""

    class Meta:
        table_name = table_name("faq_articles")

    shop = UnicodeAttribute(hash_key=True, default=MALL)
    id = UnicodeAttribute(range_key=True)
    category = UnicodeAttribute()
    question = UnicodeAttribute()
    answer = UnicodeAttribute()
    keywords = DocumentAttribute[list[str]](list[str], default=list)
    sort = IntAttribute(default=0)
    visible = BooleanAttribute(default=True)
    updated_at = TimeAttribute()
    version = IntAttribute(default=1)


class FaqVote(Table):
    """A member said whether an answer helped: once."""

    class Meta:
        table_name = table_name("faq_votes")

    member_id = UnicodeAttribute(hash_key=True)
    article_id = UnicodeAttribute(range_key=True)
    helpful = BooleanAttribute()
    voted_at = TimeAttribute()


class FaqCount(Table):
    """How many an answer helped, sharded."""

    class Meta:
        table_name = table_name("faq_counts")

    article_id = UnicodeAttribute(hash_key=True)
    shard = UnicodeAttribute(range_key=True)
    helpful = IntAttribute(default=0)
    useless = IntAttribute(default=0)
