"""Tables of goods that are codes."""

from __future__ import annotations

from pydantic import BaseModel
from pynamodb.attributes import UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.core.tables import DocumentAttribute, IntAttribute, Table, TimeAttribute, table_name


class ByFree(GlobalSecondaryIndex["GoodsCode"]):
    """The codes of a SKU that nobody has. Sparse; it lags, so taking one is a condition on the item itself."""

    class Meta:
        index_name = "by_free"
        projection = KeysOnlyProjection()

    free_sku_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)


class GoodsCode(Table):
    """One code, sealed. Its id is derived from it with a key that stays: the same code is the same item, for ever."""

    class Meta:
        table_name = table_name("goods_codes")

    sku_id = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute(range_key=True)
    sealed = UnicodeAttribute()
    key_id = UnicodeAttribute()
    """Which key sealed it."""
    free_sku_id = UnicodeAttribute(null=True)
    """The SKU while nobody has it; then absent."""
    order_id = UnicodeAttribute(null=True)
    """Whose it is."""
    uploaded_at = TimeAttribute()
    given_at = TimeAttribute(null=True)
    sell_until = TimeAttribute(null=True)
    """What nobody has been promised by then is sold no more."""
    withdrawn_at = TimeAttribute(null=True)
    """Taken out of the pool without having been given. Uploaded again, it is back."""

    by_free = ByFree()


IDS = "ids"


class CodeKey(Table):
    """The key that makes ids of codes, sealed as they are: it stays when the keys that seal change."""

    class Meta:
        table_name = table_name("code_keys")

    id = UnicodeAttribute(hash_key=True)
    sealed = UnicodeAttribute()
    key_id = UnicodeAttribute()


class GivenCode(BaseModel):
    """A code of an order's line."""

    line: int
    sku_id: str
    code_id: str


class CodeGrant(Table):
    """The codes that an order was given: written once, with them and with the order's step."""

    class Meta:
        table_name = table_name("code_grants")

    order_id = UnicodeAttribute(hash_key=True)
    member_id = UnicodeAttribute()
    codes = DocumentAttribute[list[GivenCode]](list[GivenCode])
    given_at = TimeAttribute()


class CodeWait(Table):
    """An order that waits for codes of a SKU, the oldest first."""

    class Meta:
        table_name = table_name("code_waits")

    sku_id = UnicodeAttribute(hash_key=True)
    order_id = UnicodeAttribute(range_key=True)
    member_id = UnicodeAttribute()
    lacking = IntAttribute()
    """How many were missing when it was last looked at."""
    since_at = TimeAttribute()
