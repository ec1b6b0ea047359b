"""Sealing codes, uploading them, counting them. No code is ever logged, nor shown to staff."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets

from chalicelib.core import clock
from chalicelib.core.settings import settings
from chalicelib.core.tables import batch_get
from chalicelib.core.transaction import Transaction
from chalicelib.mall.catalog.products import service as products
from chalicelib.mall.catalog.products.models import ProductKind
from chalicelib.trade.fulfillment.goods_codes.errors import CodesChanged, CodesOff, NotSoldAsCodes
from chalicelib.trade.fulfillment.goods_codes.events import CodesAdded
from chalicelib.trade.fulfillment.goods_codes.models import CodeWait, GoodsCode
from chalicelib.trade.fulfillment.goods_codes.schemas import PoolView, UploadCodes, UploadedView

AT_ONCE = 90
COUNTED = 1_000
_NONCE = 12


def upload(product_id: str, asked: UploadCodes) -> UploadedView:
    """Add codes to the pool of a SKU; those that were ever there are left alone, so that a file may come twice.

    :raises ProductNotFound, NotSoldAsCodes, CodesOff: :raises CodesChanged: upload again.
    """
    product = products.product(product_id, consistent=True)
    if product.kind is not ProductKind.CODE or product.sku(asked.sku_id) is None:
        raise NotSoldAsCodes()
    wanted = {fingerprint(asked.sku_id, code): code for code in asked.secret_codes}
    known = batch_get({GoodsCode: [(asked.sku_id, each) for each in wanted]}, consistent=True)[GoodsCode]
    fresh = [(id_, code) for id_, code in wanted.items() if (asked.sku_id, id_) not in known]
    for start in range(0, len(fresh), AT_ONCE):
        with Transaction() as tx:
            for id_, code in fresh[start : start + AT_ONCE]:
                item = GoodsCode(
                    sku_id=asked.sku_id,
                    id=id_,
                    sealed=seal(code, asked.sku_id, id_),
                    free_sku_id=asked.sku_id,
                    uploaded_at=clock.now(),
                )
                tx.put(item, only_if=GoodsCode.id.does_not_exist(), otherwise=CodesChanged())
            tx.emit(CodesAdded(sku_id=asked.sku_id))
    return UploadedView(added=len(fresh), known=len(wanted) - len(fresh))


def pools(product_id: str) -> list[PoolView]:
    """What is left of each SKU. :raises ProductNotFound: :raises NotSoldAsCodes:"""
    product = products.product(product_id, consistent=True)
    if product.kind is not ProductKind.CODE:
        raise NotSoldAsCodes()
    return [
        PoolView(
            sku_id=sku.id,
            free_count=sum(1 for _ in GoodsCode.by_free.query(sku.id, limit=COUNTED)),
            waiting_count=sum(1 for _ in CodeWait.query(sku.id, limit=COUNTED, consistent_read=True)),
        )
        for sku in product.skus
    ]


def fingerprint(sku_id: str, code: str) -> str:
    """The id of a code: tells nothing of it to who does not have the key."""
    return hmac.new(_key(), f"id\0{sku_id}\0{code}".encode(), hashlib.sha256).hexdigest()[:40]


def seal(code: str, sku_id: str, id_: str) -> str:
    """The code as it is stored: AES-256-GCM, bound to its item."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE)
    return base64.b64encode(nonce + AESGCM(_key()).encrypt(nonce, code.encode(), f"{sku_id}/{id_}".encode())).decode()


def opened(item: GoodsCode) -> str:
    """The code. :raises CodesOff: the key is gone. :raises cryptography.exceptions.InvalidTag: it is another key."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    raw = base64.b64decode(item.sealed)
    return AESGCM(_key()).decrypt(raw[:_NONCE], raw[_NONCE:], f"{item.sku_id}/{item.id}".encode()).decode()


def _key() -> bytes:
    secret = settings().goods_code_key
    if secret is None:
        raise CodesOff()
    return hashlib.sha256(b"goods codes\0" + secret.encode()).digest()
