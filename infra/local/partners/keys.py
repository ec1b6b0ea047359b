"""The ids, secrets and key pairs of the played world: made once, kept in a file when one is named."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)


@dataclass(frozen=True)
class Credentials:
    """Everything both sides hold. The mall gets the merchant's private key and WeChat Pay's public one."""

    app_id: str
    app_secret: str
    merchant_id: str
    certificate_serial: str
    merchant_private_key: str
    pay_public_key_id: str
    pay_private_key: str
    api_v3_key: str

    @cached_property
    def merchant_key(self) -> RSAPrivateKey:
        return _load(self.merchant_private_key)

    @cached_property
    def merchant_public_key(self) -> RSAPublicKey:
        return self.merchant_key.public_key()

    @cached_property
    def pay_key(self) -> RSAPrivateKey:
        return _load(self.pay_private_key)

    @cached_property
    def pay_public_key(self) -> str:
        """PEM, as the merchant downloads it from the merchant console."""
        return self.pay_key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @cached_property
    def kuaidi100_customer(self) -> str:
        """The account at Kuaidi100; made of the other ids, so that keys kept by an older release stay whole."""
        return sha256(f"kuaidi100 customer {self.app_id}".encode()).hexdigest()[:32].upper()

    @cached_property
    def kuaidi100_key(self) -> str:
        """The authorization key at Kuaidi100."""
        return sha256(f"kuaidi100 key {self.api_v3_key}".encode()).hexdigest()[:12]

    @cached_property
    def original_id(self) -> str:
        """The mini-program's own account name, which pushes are addressed to."""
        return f"gh_{sha256(f'original id {self.app_id}'.encode()).hexdigest()[:12]}"

    @cached_property
    def push_token(self) -> str:
        """The token of message push; made of the app's secret, as is the key."""
        return sha256(f"push token {self.app_secret}".encode()).hexdigest()[:32]

    @cached_property
    def push_aes_key(self) -> str:
        """EncodingAESKey: 43 characters."""
        return sha256(f"push key {self.app_secret}".encode()).hexdigest()[:43]

    def environment(
        self, wechat_base_url: str, wechat_pay_base_url: str, kuaidi100_base_url: str | None = None
    ) -> dict[str, str]:
        """The mall's settings that belong to this world; without *kuaidi100_base_url*, of one without an account."""
        kuaidi100 = {
            "SIYU_KUAIDI100_POLL_BASE_URL": kuaidi100_base_url,
            "SIYU_KUAIDI100_CUSTOMER": self.kuaidi100_customer,
            "SIYU_KUAIDI100_KEY": self.kuaidi100_key,
        }
        return {
            **{name: value for name, value in kuaidi100.items() if kuaidi100_base_url and value},
            "SIYU_WECHAT_BASE_URL": wechat_base_url,
            "SIYU_WECHAT_APP_ID": self.app_id,
            "SIYU_WECHAT_APP_SECRET": self.app_secret,
            "SIYU_WECHAT_PUSH_TOKEN": self.push_token,
            "SIYU_WECHAT_PUSH_AES_KEY": self.push_aes_key,
            "SIYU_WECHAT_PAY_BASE_URL": wechat_pay_base_url,
            "SIYU_WECHAT_PAY_MERCHANT_ID": self.merchant_id,
            "SIYU_WECHAT_PAY_CERTIFICATE_SERIAL": self.certificate_serial,
            "SIYU_WECHAT_PAY_PRIVATE_KEY": self.merchant_private_key,
            "SIYU_WECHAT_PAY_PUBLIC_KEY_ID": self.pay_public_key_id,
            "SIYU_WECHAT_PAY_PUBLIC_KEY": self.pay_public_key,
            "SIYU_WECHAT_PAY_API_V3_KEY": self.api_v3_key,
        }


def credentials(path: Path | None = None) -> Credentials:
    """The credentials kept in *path*, made and kept there if it does not exist; without a path, new ones."""
    if path is not None and path.exists():
        return Credentials(**json.loads(path.read_text(encoding="utf-8")))
    made = _make()
    if path is None:
        return made
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_text(json.dumps(asdict(made), indent=1), encoding="utf-8")
    draft.chmod(0o600)
    try:
        os.link(draft, path)  # the first of several processes wins, whole or not at all
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return Credentials(**json.loads(path.read_text(encoding="utf-8")))


def _make() -> Credentials:
    return Credentials(
        app_id=f"wx{secrets.token_hex(8)}",
        app_secret=secrets.token_hex(16),
        merchant_id="19" + _digits(8),
        certificate_serial=secrets.token_hex(20).upper(),
        merchant_private_key=_new_key(),
        pay_public_key_id="PUB_KEY_ID_0" + _digits(33),
        pay_private_key=_new_key(),
        api_v3_key=secrets.token_hex(16),
    )


def _digits(count: int) -> str:
    return "".join(secrets.choice("0123456789") for _ in range(count))


def _new_key() -> str:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _load(pem: str) -> RSAPrivateKey:
    key = load_pem_private_key(pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("not an RSA key")
    return key
