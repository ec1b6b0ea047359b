"""Codes: a word that leads many to a template, or single codes made in batches."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from chalicelib.core import clock, ids
from chalicelib.core.ledgers import insistently
from chalicelib.core.once import Once, Repeat
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.loyalty.coupons import service
from chalicelib.loyalty.coupons.claims import service as claims
from chalicelib.loyalty.coupons.claims.schemas import UseCode
from chalicelib.loyalty.coupons.codes.schemas import BatchView, MakeBatch
from chalicelib.loyalty.coupons.errors import InvalidCode, NotClaimable, TemplateEdited, TooManyCodes
from chalicelib.loyalty.coupons.events import MakeCodes
from chalicelib.loyalty.coupons.models import MALL, Code, CodeBatch, Coupon, Template, Way
from chalicelib.loyalty.coupons.templates.service import codes_as_read

CHUNK = 50
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # nothing that looks like something else
LENGTH = 12


def use(member_id: str, asked: UseCode, key: str) -> Coupon:
    """The coupon behind a code, once for each *key*; a single code is used up.

    :raises InvalidCode: there is none, or somebody has used it.
    :raises SoldOut, ClaimLimitReached, NotForYou: as claiming.
    """
    once = Once(member_id, "use_coupon_code", key, asked)
    try:
        return insistently(lambda: _use(member_id, asked.code.upper(), once))
    except Repeat as repeat:
        return service.load(member_id, repeat.result)


def _use(member_id: str, text: str, once: Once) -> Coupon:
    once.recall()
    code = Code.find(text, consistent=True)
    if code is None or code.used_by is not None:
        raise InvalidCode()

    def spend(tx: Transaction) -> None:
        if code.batch_id is not None:
            tx.update(
                Code(code=text),
                [Code.used_by.set(member_id), Code.used_at.set(clock.now())],
                only_if=Code.used_by.does_not_exist(),
                otherwise=InvalidCode(),
            )

    return claims.claim_once(member_id, code.template_id, Way.CODE, "code", once, also=spend)


def make_batch(template_id: str, asked: MakeBatch) -> BatchView:
    """Begin to make so many single codes; a reaction makes them, in chunks.

    :raises TemplateNotFound: :raises NotClaimable: the template gives nothing out by code.
    :raises TooManyCodes: who holds one of them would find nothing left. :raises TemplateEdited: meanwhile.
    """
    template = service.template_of(template_id, consistent=True)
    if template.way is not Way.CODE:
        raise NotClaimable()
    before = template.codes or 0
    if before + asked.count > template.total:
        raise TooManyCodes(left=template.total - before)
    batch = CodeBatch(
        id=ids.new("ccb"),
        template_id=template_id,
        secret=secrets.token_hex(16),
        size=asked.count,
        made=0,
        created_at=clock.now(),
    )
    with Transaction() as tx:
        tx.put(batch)
        tx.update(
            Template(shop=MALL, id=template_id),
            [Template.codes.set(before + asked.count)],
            only_if=(Template.total == template.total) & codes_as_read(template),
            otherwise=TemplateEdited(version=template.version),
        )
        tx.emit(MakeCodes(batch_id=batch.id))
    return BatchView.of(batch)


def make_chunk(tx: Transaction, batch: CodeBatch, start: int) -> None:
    """Add the next codes of *batch* to *tx*; they are derived, so a repeat makes the same."""
    end = min(start + CHUNK, batch.size)
    for number in range(start, end):
        tx.put(Code(code=text_of(batch, number), template_id=batch.template_id, batch_id=batch.id))
    tx.update(CodeBatch(id=batch.id), [CodeBatch.made.set(end)])
    if end < batch.size:
        tx.emit(MakeCodes(batch_id=batch.id, start=end))


def text_of(batch: CodeBatch, number: int) -> str:
    """The code of that number: 60 bits of a hash under the batch's own secret, so that nobody guesses the next one."""
    digest = hmac.digest(batch.secret.encode(), str(number).encode(), hashlib.sha256)
    value = int.from_bytes(digest[:8], "big")
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(0, 5 * LENGTH, 5))


def batches(template_id: str) -> list[BatchView]:
    """The batches of a template, oldest first."""
    return [BatchView.of(each) for each in CodeBatch.by_template.query(template_id, limit=100)]


def load_batch(batch_id: str) -> CodeBatch:
    """:raises InvalidCode: there is no such batch."""
    batch = CodeBatch.find(batch_id, consistent=True)
    if batch is None:
        raise InvalidCode()
    return batch


def sheet(batch_id: str, start: int, count: int) -> str:
    """CSV of some codes of a batch, with who has used them and when."""
    batch = load_batch(batch_id)
    texts = [text_of(batch, number) for number in range(start, min(start + count, batch.made))]
    found = batch_get({Code: texts}, consistent=True)[Code]
    rows = [f"{text},{found[text].used_by or ''},{found[text].used_at or ''}" for text in texts if text in found]
    return "\n".join(["兑换码,使用会员,使用时间", *rows]) + "\n"
