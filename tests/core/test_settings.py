"""Settings: what is missing or wrong is named at the start, and no value is ever printed."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from chalicelib.core import settings as module
from chalicelib.core.settings import PREFIX, SECRETS, Settings, SettingsError, load


@pytest.fixture
def environ() -> dict[str, str]:
    """An environment that describes a mall."""
    found = {name: value for name, value in os.environ.items() if name.startswith(PREFIX)}
    return {**found, "SIYU_KUAIDI100_CUSTOMER": "0123456789ABCDEF", "SIYU_KUAIDI100_KEY": "aBcDeFgH1234"}


@pytest.fixture
def live(environ: dict[str, str]) -> dict[str, str]:
    """The same, in production."""
    partners = {"SIYU_WECHAT_BASE_URL": "https://api.weixin.qq.com"}
    partners["SIYU_WECHAT_PAY_BASE_URL"] = "https://api.mch.weixin.qq.com"
    return {**environ, **partners, "SIYU_STAGE": "prod"}


def complaint(environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        load(environ)
    text = str(caught.value)
    assert caught.value.__suppress_context__, "the traceback would show the values"
    for name, value in environ.items():
        if len(value) > 3 and name != "SIYU_STAGE":
            assert value not in text
    return text


class TestReading:
    def test_a_good_environment(self, environ: dict[str, str]) -> None:
        found = load({**environ, "SIYU_UNPAID_CLOSE_MINUTES": "45", "SIYU_STAGE": "dev"})
        assert (found.unpaid_close_minutes, found.stage) == (45, "dev")
        assert found.time_zone == "Asia/Shanghai"

    def test_nothing_at_all_names_everything_required(self) -> None:
        text = complaint({})
        required = [name for name, each in Settings.model_fields.items() if each.is_required()]
        assert len(required) > 5
        for name in required:
            assert f"SIYU_{name.upper()}: Field required" in text

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("STAGE", "production"),
            ("LOG_LEVEL", "LOUD"),
            ("SESSION_SECRET", "too short"),
            ("SESSION_HOURS", "0"),
            ("SESSION_HOURS", "a day"),
            ("TIME_ZONE", "Asia/Nowhere"),
            ("TIME_ZONE", "../../etc/passwd"),
            ("TIME_ZONE", ""),
            ("TIME_ZONE", "Asia"),
            ("FREIGHT_AMOUNT", "-1"),
            ("FREIGHT_AMOUNT", "10.5"),
            ("PARTNER_TIMEOUT_SECONDS", "0"),
            ("WECHAT_PAY_API_V3_KEY", "x" * 31),
            ("WECHAT_PAY_PUBLIC_KEY_ID", "KEY-1"),
            ("WECHAT_APP_ID", ""),
        ],
    )
    def test_what_is_wrong_is_named_and_not_shown(self, environ: dict[str, str], name: str, value: str) -> None:
        assert f"SIYU_{name}: " in complaint({**environ, PREFIX + name: value})

    def test_all_faults_at_once(self, environ: dict[str, str]) -> None:
        del environ["SIYU_WECHAT_APP_ID"]
        text = complaint({**environ, "SIYU_TIME_ZONE": "Mars/Base", "SIYU_SESSION_HOURS": "999"})
        assert all(f"SIYU_{name}" in text for name in ("WECHAT_APP_ID", "TIME_ZONE", "SESSION_HOURS"))

    @pytest.mark.parametrize("name", ["SIYU_KUAIDI100_CUSTOMER", "SIYU_KUAIDI100_KEY"])
    def test_an_account_at_kuaidi100_is_whole_or_absent(self, environ: dict[str, str], name: str) -> None:
        assert load(environ).kuaidi100_key == environ["SIYU_KUAIDI100_KEY"]
        del environ[name]
        assert "SIYU_KUAIDI100_CUSTOMER, SIYU_KUAIDI100_KEY: both or neither" in complaint(environ)
        environ = {each: value for each, value in environ.items() if not each.startswith("SIYU_KUAIDI100_")}
        assert load(environ).kuaidi100_customer is None

    def test_read_once(self) -> None:
        assert module.settings() is module.settings()

    def test_they_can_not_be_changed(self) -> None:
        with pytest.raises(ValueError, match="frozen"):
            module.settings().stage = "prod"


class TestProduction:
    def test_against_the_real_partners(self, live: dict[str, str]) -> None:
        assert load(live).stage == "prod"

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.weixin.qq.com",
            "https://localhost",
            "https://LOCALHOST:8443",
            "https://partner.localhost/",
            "https://127.0.0.1",
            "https://127.0.0.2:9000/x",
            "https://127.1",
            "https://2130706433",
            "https://[::1]:9000",
            "https://[::ffff:127.0.0.1]",
            "https://0.0.0.0",
            "https://10.0.0.7",
            "https://stand-in",
            "https://",
            "api.weixin.qq.com",
            "",
        ],
    )
    @pytest.mark.parametrize("name", ["WECHAT_BASE_URL", "WECHAT_PAY_BASE_URL", "KUAIDI100_POLL_BASE_URL"])
    def test_refuses_stand_ins(self, live: dict[str, str], name: str, url: str) -> None:
        with pytest.raises(SettingsError, match=f"SIYU_{name}: production talks to the real partner"):
            load({**live, PREFIX + name: url})

    def test_names_both(self, live: dict[str, str]) -> None:
        text = complaint({**live, "SIYU_WECHAT_BASE_URL": "http://a.cn", "SIYU_WECHAT_PAY_BASE_URL": "http://b.cn"})
        assert "SIYU_WECHAT_BASE_URL, SIYU_WECHAT_PAY_BASE_URL: production" in text

    @pytest.mark.parametrize("stage", ["local", "test", "dev"])
    def test_other_stages_may(self, environ: dict[str, str], stage: str) -> None:
        assert load({**environ, "SIYU_STAGE": stage, "SIYU_WECHAT_BASE_URL": "http://127.0.0.1:9"}).stage == stage


class TestSecrets:
    @pytest.fixture
    def parameter(self, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        """The document in SSM; the environment names it and holds no secret itself."""
        document: dict[str, Any] = {
            name: environ.pop(PREFIX + name.upper()) for name in SECRETS if PREFIX + name.upper() in environ
        }
        asked: list[dict[str, Any]] = []

        class Ssm:
            def get_parameter(self, **request: Any) -> Any:
                asked.append(request)
                text = document.get("raw") or json.dumps(document)
                return {"Parameter": {"Value": text}}

        def client(service: str) -> Ssm:
            assert service == "ssm"
            return Ssm()

        monkeypatch.setattr("boto3.client", client)
        environ["SIYU_SECRETS_PARAMETER"] = "/siyu/prod"
        document["asked"] = asked
        return document

    def test_from_the_parameter(self, environ: dict[str, str], parameter: dict[str, Any]) -> None:
        asked = parameter.pop("asked")
        found = load(environ)
        assert found.session_secret == parameter["session_secret"]
        assert found.wechat_pay_private_key == parameter["wechat_pay_private_key"].strip()
        assert asked == [{"Name": "/siyu/prod", "WithDecryption": True}]

    def test_the_environment_wins(self, environ: dict[str, str], parameter: dict[str, Any]) -> None:
        parameter.pop("asked")
        assert load({**environ, "SIYU_SESSION_SECRET": "e" * 40}).session_secret == "e" * 40

    def test_only_secrets_are_taken_from_it(self, environ: dict[str, str], parameter: dict[str, Any]) -> None:
        parameter.pop("asked")
        parameter["stage"] = "prod"
        assert load(environ).stage == "test"

    @pytest.mark.parametrize("value", [None, 12345678, ["x"], "", "short"])
    def test_a_secret_that_is_none(self, environ: dict[str, str], parameter: dict[str, Any], value: Any) -> None:
        parameter.pop("asked")
        parameter["wechat_pay_api_v3_key"] = value
        assert "SIYU_WECHAT_PAY_API_V3_KEY: " in complaint(environ)

    def test_a_missing_secret_is_named(self, environ: dict[str, str], parameter: dict[str, Any]) -> None:
        parameter.pop("asked")
        del parameter["wechat_app_secret"]
        assert "SIYU_WECHAT_APP_SECRET: Field required" in complaint(environ)

    @pytest.mark.parametrize("raw", ["not json s3cret", '["s3cret"]', '"s3cret"'])
    def test_a_document_that_is_none(self, environ: dict[str, str], parameter: dict[str, Any], raw: str) -> None:
        parameter["raw"] = raw
        text = complaint(environ)
        assert "SIYU_SECRETS_PARAMETER" in text
        assert "s3cret" not in text

    def test_without_a_parameter_nothing_is_asked(self, parameter: dict[str, Any], environ: dict[str, str]) -> None:
        del environ["SIYU_SECRETS_PARAMETER"]
        complaint(environ)
        assert parameter["asked"] == []
