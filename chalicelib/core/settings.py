"""Settings: read once from the environment, validated at cold start, never guessed.

Every setting is an environment variable named ``SIYU_<NAME>``. In AWS the secrets
(:data:`SECRETS`) come as one JSON document from SSM Parameter Store, whose name is in
``SIYU_SECRETS_PARAMETER``; an environment variable of the same name wins.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from chalicelib.core.money import MAX_AMOUNT

PREFIX = "SIYU_"
SECRETS = (
    "session_secret",
    "session_secret_previous",
    "wechat_app_secret",
    "wechat_push_token",
    "wechat_push_aes_key",
    "wechat_pay_private_key",
    "wechat_pay_public_key",
    "wechat_pay_public_key_previous",
    "wechat_pay_api_v3_key",
    "kuaidi100_key",
    "goods_code_key",
    "goods_code_key_previous",
)
_PARTNERS = ("wechat_base_url", "wechat_pay_base_url", "kuaidi100_poll_base_url")


class SettingsError(Exception):
    """The environment does not describe a mall that can run; the message names every bad setting."""


class Settings(BaseModel):
    """What the owner decides. Amounts are fen, durations are in the unit that the name says."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    stage: Literal["local", "test", "dev", "prod"] = "local"
    region: str = "cn-northwest-1"
    table_prefix: str = Field("siyu-", description="In front of every table name.")
    queue_url_base: str = Field(
        "https://sqs.cn-northwest-1.amazonaws.com.cn/123456789012/siyu-", description="In front of every queue name."
    )
    media_bucket: str = Field("siyu-media", description="Pictures and videos that buyers see.")
    work_bucket: str = Field("siyu-work", description="Imports, exports and the search index: private.")
    media_base_url: str = Field(
        "https://siyu-media.s3.cn-northwest-1.amazonaws.com.cn", description="Where media is read from."
    )
    storage_base_url: str | None = Field(
        None, description="Signed uploads and downloads go here instead of straight to S3 (the laptop's)."
    )
    dynamodb_endpoint_url: str | None = Field(None, description="Another DynamoDB than the region's (the laptop's).")

    time_zone: str = Field("Asia/Shanghai", description="Business days begin and end here.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    public_base_url: str = Field("https://mall.invalid", description="Where partners reach the hooks.")
    console_origin: str | None = Field(None, description="The origin that may call /admin from a browser.")

    session_secret: str = Field(min_length=32, description="Signs tokens and cursors.")
    session_secret_previous: str | None = Field(
        None, min_length=32, description="Signs nothing; what it signed is believed. Set while the secret changes."
    )
    session_hours: int = Field(24, ge=1, le=720)
    staff_session_hours: int = Field(8, ge=1, le=72)

    wechat_base_url: str = "https://api.weixin.qq.com"
    wechat_app_id: str = Field(min_length=1)
    wechat_app_secret: str = Field(min_length=1)
    mini_program_version: Literal["release", "trial", "develop"] = Field(
        "release", description="Which version mini-program codes open; only a released page is checked to be there."
    )
    wechat_push_token: str | None = Field(
        None, pattern=r"^[A-Za-z0-9]{3,32}$", description="Token of message push; without it the hook is closed."
    )
    wechat_push_aes_key: str | None = Field(
        None,
        pattern=r"^[A-Za-z0-9]{43}$",
        description="EncodingAESKey of message push: only encrypted pushes are believed. Without it, only plain ones.",
    )
    wechat_pay_base_url: str = "https://api.mch.weixin.qq.com"
    wechat_pay_merchant_id: str = Field(min_length=1)
    wechat_pay_certificate_serial: str = Field(min_length=1)
    wechat_pay_private_key: str = Field(min_length=1, description="Merchant API private key, PEM.")
    wechat_pay_public_key_id: str = Field(pattern=r"^PUB_KEY_ID_\w+$")
    wechat_pay_public_key: str = Field(min_length=1, description="WeChat Pay's public key, PEM.")
    wechat_pay_public_key_previous_id: str | None = Field(
        None,
        pattern=r"^PUB_KEY_ID_\w+$",
        description="Another key of WeChat Pay's that is believed too. Set while the key changes.",
    )
    wechat_pay_public_key_previous: str | None = Field(None, min_length=1, description="That key, PEM.")
    wechat_pay_api_v3_key: str = Field(min_length=32, max_length=32)
    kuaidi100_poll_base_url: str = "https://poll.kuaidi100.com"
    kuaidi100_customer: str | None = Field(
        None, min_length=1, description="The account at Kuaidi100; without customer and key parcels are not tracked."
    )
    kuaidi100_key: str | None = Field(None, min_length=1, description="Authorization key at Kuaidi100.")
    partner_timeout_seconds: float = Field(5.0, gt=0, le=30)

    picture_hosts: str = Field(
        "",
        max_length=2000,
        pattern=r"^[a-z0-9.\- ,]*$",
        description="Hosts, with their subdomains, from which posters take pictures besides the media bucket.",
        examples=["cdn.example.com, thirdwx.qlogo.cn"],
    )
    campaign_page: str = Field(
        "pages/campaign/detail",
        pattern=r"^[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*$",
        description="The mini program's page of a campaign, a draw's wheel too, which takes `id`.",
    )
    group_page: str = Field(
        "pages/group/detail",
        pattern=r"^[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*$",
        description="The mini program's page of a buyers' group, which takes `id`.",
    )
    product_page: str = Field(
        "pages/product/detail",
        pattern=r"^[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*$",
        description="The mini program's page of a product, which takes `id`.",
    )
    help_page: str = Field(
        "pages/help/detail",
        pattern=r"^[A-Za-z0-9_\-]+(/[A-Za-z0-9_\-]+)*$",
        description="The mini program's page on which friends help somebody, which takes `id`.",
    )
    ordinary_link_prefix: str | None = Field(
        None,
        pattern=r"^https://[^\s?#]+$",
        description="The prefix that WeChat's console maps to the mini program (ordinary links): what a QR code "
        "carries when WeChat gives no mini-program code. Unset: no QR code takes its place.",
    )
    shop_name: str = Field("", max_length=20, description="The shop's name on posters.")

    unpaid_close_minutes: int = Field(30, ge=5, le=24 * 60, description="An unpaid order closes after this.")
    stuck_parcel_days: int = Field(5, ge=1, le=60, description="A parcel that has not moved for so long is flagged.")
    ship_within_hours: int = Field(48, ge=1, le=15 * 24, description="A paid order is late after this.")
    auto_complete_days: int = Field(10, ge=1, le=60, description="A shipped order completes by itself after this.")
    freight_amount: int = Field(1000, ge=0, description="Flat freight of an order, fen.")
    free_freight_over_amount: int = Field(9900, ge=0, description="Goods of at least this many fen travel free.")
    low_stock_threshold: int = Field(10, ge=0)

    shipping_report_delay_minutes: int = Field(
        5, ge=0, le=720, description="WeChat is told of a shipping this long after the last parcel left or was mended."
    )
    shipping_correction_delay_minutes: int = Field(
        30, ge=0, le=720, description="The same, once WeChat knows everything: it takes one correction only."
    )
    complete_days_after_delivery: int = Field(
        7, ge=0, le=30, description="An order does not complete by itself earlier than this after its last parcel came."
    )
    complete_limit_days: int = Field(
        30, ge=1, le=180, description="Completion waits this long after shipping for parcels; then staff decide."
    )
    receipt_extension_days: int = Field(7, ge=1, le=30, description="What a buyer may add once to the time to confirm.")
    invoice_request_days: int = Field(
        180, ge=1, le=3650, description="Buyers may ask for an invoice this long after their order completed."
    )
    review_days: int = Field(30, ge=1, le=180, description="A received order can be reviewed for so long.")
    review_append_days: int = Field(180, ge=1, le=365, description="A review can be added to for so long.")
    review_reminder_days: int = Field(3, ge=1, le=30, description="Buyers are reminded to review after this.")
    review_hidden_days: int = Field(
        7, ge=1, le=90, description="A review that stays hidden for so long counts no more: its points go back."
    )
    auto_review: bool = Field(
        True,
        description="When the time to review is over, mark what nobody reviewed. Such marks are no reviews: they count "
        "no stars and stand on no page.",
    )
    after_sale_days: int = Field(
        7, ge=0, le=180, description="So long after completion buyers may ask for their money, a return or an exchange."
    )
    after_sale_answer_hours: int = Field(48, ge=1, le=15 * 24, description="Staff answer within this.")
    after_sale_silence: Literal["agree", "refuse", "wait"] = Field(
        "agree", description="What staff's silence means for an after-sale; `wait`: an alarm rings, and nothing else."
    )
    after_sale_send_days: int = Field(7, ge=1, le=60, description="Agreed goods are sent back within this.")
    after_sale_arrival_days: int = Field(
        10, ge=1, le=60, description="Staff are told when a return has not arrived after this."
    )
    after_sale_inspect_days: int = Field(
        3, ge=1, le=30, description="What came back and nobody looked at is accepted after this."
    )
    after_sale_appeal_days: int = Field(7, ge=0, le=60, description="A refusal may be appealed within this.")
    after_sale_phone: str = Field("", max_length=30, description="Whom buyers call about an after-sale.")
    receipt_reminder_days: int = Field(2, ge=1, le=15, description="Buyers are reminded this long before.")

    pickup_days: int = Field(7, ge=1, le=60, description="So long an order waits at the store to be fetched.")
    pickup_reminder_days: int = Field(2, ge=1, le=30, description="Buyers are reminded this long before that is over.")
    pickup_expiry: Literal["refund", "keep"] = Field(
        "refund", description="What nobody fetched in time: its money goes back, or it does not."
    )

    goods_code_key: str | None = Field(
        None,
        min_length=32,
        description="Seals codes that are sold; without it none is uploaded. What it sealed only it opens: keep it.",
    )
    goods_code_key_previous: str | None = Field(
        None, min_length=32, description="Seals nothing; what it sealed is opened. Set while the key changes."
    )

    ticket_close_days: int = Field(
        3, ge=1, le=30, description="A ticket closes this long after staff's answer, unless the buyer writes."
    )

    wallet_enabled: bool = Field(
        False,
        description="Offer stored value: top up, and pay with it. The law asks something of who does: see the docs.",
    )
    wallet_top_up_limit_amount: int = Field(500_000, ge=1, le=MAX_AMOUNT, description="At most so much at once, fen.")
    wallet_daily_limit_amount: int = Field(
        500_000, ge=1, le=MAX_AMOUNT, description="At most so much topped up in a business day, by a member, fen."
    )
    wallet_balance_limit_amount: int = Field(
        500_000,
        ge=1,
        le=MAX_AMOUNT,
        description="No top-up begins that would lift the balance, with its gift, over this.",
    )
    wallet_verification_amount: int = Field(
        100_000,
        ge=0,
        le=MAX_AMOUNT,
        description="Who pays more than this with stored value at once proves their phone number first, fen.",
    )

    @property
    def session_secrets(self) -> tuple[str, ...]:
        """Those that are believed: the one that signs first."""
        return (self.session_secret, *filter(None, [self.session_secret_previous]))

    @property
    def wechat_pay_public_keys(self) -> dict[str, str]:
        """Id → PEM of WeChat Pay's keys that are believed; answers are asked to be signed with the first."""
        keys = {self.wechat_pay_public_key_id: self.wechat_pay_public_key}
        if self.wechat_pay_public_key_previous_id and self.wechat_pay_public_key_previous:
            keys[self.wechat_pay_public_key_previous_id] = self.wechat_pay_public_key_previous
        return keys

    @property
    def allowed_picture_hosts(self) -> list[str]:
        """The hosts of ``picture_hosts``."""
        return [host for each in self.picture_hosts.split(",") if (host := each.strip(" ."))]

    @field_validator("time_zone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("no such time zone") from None
        return name

    @model_validator(mode="after")
    def _kuaidi100_is_whole(self) -> Settings:
        if (self.kuaidi100_customer is None) != (self.kuaidi100_key is None):
            raise ValueError(f"{PREFIX}KUAIDI100_CUSTOMER, {PREFIX}KUAIDI100_KEY: both or neither")
        return self

    @model_validator(mode="after")
    def _previous_key_is_whole(self) -> Settings:
        previous, key_id = self.wechat_pay_public_key_previous, self.wechat_pay_public_key_previous_id
        name = f"{PREFIX}WECHAT_PAY_PUBLIC_KEY_PREVIOUS"
        if (previous is None) != (key_id is None):
            raise ValueError(f"{name}, {name}_ID: both or neither")
        if key_id == self.wechat_pay_public_key_id:
            raise ValueError(f"{name}_ID: the id of another key than the one in use")
        return self

    @model_validator(mode="after")
    def _production_is_real(self) -> Settings:
        played = [PREFIX + name.upper() for name in _PARTNERS if not _is_real(getattr(self, name))]
        if self.stage == "prod" and played:
            raise ValueError(f"{', '.join(played)}: production talks to the real partner, not to a stand-in")
        return self


def _is_real(url: str) -> bool:
    # A partner has a name in the DNS; a stand-in has an address, or this machine's name.
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_address = ":" in host or host.replace(".", "").isdigit()
    return parts.scheme == "https" and "." in host and not is_address and not host.endswith(".localhost")


def load(environ: Mapping[str, str]) -> Settings:
    """Settings from *environ* (and the secrets parameter it names).

    :raises SettingsError: names every missing or bad setting; never prints a value.
    :raises botocore.exceptions.ClientError: there is no such parameter, or it may not be read.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields} | {PREFIX + "SECRETS_PARAMETER"}
    strange = sorted(name for name in environ if name.startswith(PREFIX) and name not in known)
    if strange:
        raise SettingsError(f"The mall can not start: no such setting: {', '.join(strange)}")
    values: dict[str, Any] = _secrets(environ)
    for name in Settings.model_fields:
        value = environ.get(PREFIX + name.upper())
        if value is not None:
            values[name] = value
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        lines = [_explain(each["loc"], each["msg"]) for each in error.errors(include_input=False)]
        raise SettingsError("The mall can not start:\n  " + "\n  ".join(lines)) from None


def _explain(where: tuple[int | str, ...], what: str) -> str:
    name = f"{PREFIX}{'.'.join(map(str, where)).upper()}: " if where else ""
    return name + what.removeprefix("Value error, ")


def _secrets(environ: Mapping[str, str]) -> dict[str, Any]:
    parameter = environ.get(PREFIX + "SECRETS_PARAMETER")
    if not parameter:
        return {}
    import boto3

    answer = boto3.client("ssm").get_parameter(Name=parameter, WithDecryption=True)
    try:
        document = json.loads(answer["Parameter"]["Value"])
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise SettingsError(f"{PREFIX}SECRETS_PARAMETER: the parameter holds no JSON object") from None
    return {name: document[name] for name in SECRETS if name in document}


@cache
def settings() -> Settings:
    """The settings of this process."""
    return load(os.environ)
