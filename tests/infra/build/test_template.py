"""The app stack's template as it would be deployed: whole, least privilege, no secret, and what cfn-lint says."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from chalicelib.core.front import ANY, STAFF
from infra.build import __main__ as building
from infra.build import calls, check, front, stages, template
from infra.build.calls import Call
from infra.build.functions import functions
from infra.build.roles import MAX_INLINE, resources, size
from infra.build.target import AWS, OVERLAYS
from infra.local.cloud import Template, parse

CONSOLE = "https://console.example.cn"
Document = dict[str, Any]


@pytest.fixture(scope="module")
def app(app_document: Document) -> Document:
    return app_document


@pytest.fixture(scope="module")
def resolved(app: Document) -> dict[str, Document]:
    """Policies with real ARNs, by function."""
    reader = Template(app, "cn-northwest-1", {"Prefix": "siyu-prod-", "SecretsParameter": "/siyu/prod/secrets"})
    reader.parameters |= {"Xray": "false", "Network": "false", "SecretsKeyArn": ""}
    found = {}
    for logical_id, name, _ in functions(app):
        statements: list[Any] = []
        for resource, body in app["Resources"].items():
            if resource.startswith((f"{logical_id}Role", f"{logical_id}Policy")):
                statements += _statements(body["Properties"])
        # Its own log group, the only resource that is known by its logical id.
        mine = [each for each in statements if "Fn::GetAtt" not in str(each.get("Resource"))]
        found[name] = {"raw": statements, "statements": reader.resolve(mine)}
    return found


def _statements(properties: Document) -> list[Any]:
    documents = [each["PolicyDocument"] for each in properties.get("Policies", [])]
    documents += [properties["PolicyDocument"]] if "PolicyDocument" in properties else []
    return [statement for each in documents for statement in each["Statement"]]


def _allows(statements: list[Any], action: str, arn: str) -> bool:
    """IAM's answer, for policies without denials."""
    for each in statements:
        wanted = each["Resource"] if isinstance(each["Resource"], list) else [each["Resource"]]
        if action in each["Action"] and any(fnmatchcase(arn, pattern) for pattern in wanted):
            return True
    return False


def _arn(call: Call, key: str = "a/b.jpg") -> str:
    service, name = call.action.partition(":")[0], f"siyu-prod-{call.resource}"
    here = "cn-northwest-1:123456789012"
    if service == "s3":
        return f"arn:aws-cn:s3:::{name}" + ("" if call.action == "s3:ListBucket" else f"/{key}")
    if service == "sqs":
        return f"arn:aws-cn:sqs:{here}:{name}"
    table, _, index = name.partition("/")
    return f"arn:aws-cn:dynamodb:{here}:table/{table}" + (f"/index/{index}" if index else "")


def test_it_is_what_it_should_be(app: Document) -> None:
    assert list(check.template(app, template.dump(app), building.declared())) == []


def test_all_templates_pass_the_linter(app: Document, tmp_path: Path) -> None:
    made = tmp_path / "app.json"
    made.write_text(template.dump(app), encoding="utf-8")
    plain = [str(path) for path in sorted(AWS.glob("*.yaml")) if path.name not in OVERLAYS]
    assert len(plain) >= 3
    command = [
        str(Path(sys.executable).with_name("cfn-lint")),
        "-r",
        "cn-northwest-1",
        "us-east-1",
        "--",
        *plain,
        str(made),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_function_has_what_chalice_does_not_give(app: Document) -> None:
    names = set()
    for logical_id, name, properties in functions(app):
        names.add(name)
        assert properties["Runtime"] == "python3.13"
        assert properties["Architectures"] == ["arm64"]
        plain, nothing, quiet = properties["LoggingConfig"]["Fn::If"]
        assert (plain, nothing) == ("PlainLog", {"Ref": "AWS::NoValue"})
        assert quiet == {"LogFormat": "JSON", "SystemLogLevel": {"Ref": "PlatformLog"}}
        assert properties["FunctionName"] == {"Fn::Sub": f"${{Prefix}}{name}"}
        assert properties["Role"] == {"Fn::GetAtt": [f"{logical_id}Role", "Arn"]}
        assert properties["Timeout"] >= 29
        assert properties["MemorySize"] >= 1024
        log = app["Resources"][f"{logical_id}LogGroup"]["Properties"]
        assert log["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/${{Prefix}}{name}"}
        assert log["RetentionInDays"] == {"Ref": "LogDays"}
        for event in properties.get("Events", {}).values():
            if event["Type"] == "SQS":
                assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
                assert event["Properties"]["Queue"]["Fn::Sub"].endswith(f":${{Prefix}}{name}")
    assert {"api", "reactions", "payments", "deliver_due_events"} <= names


def test_a_partner_that_counts_our_calls_is_asked_by_few_at_once(app: Document) -> None:
    """Five hundred refunds of one moment wait in the queue: 20 at once, each 0.2 s and more, stay below the 150 a
    second that WeChat Pay takes of a merchant.
    """
    most = {"payments": 20, "tracking": 4, "notifications": 8}
    for _, name, properties in functions(app):
        for event in properties.get("Events", {}).values():
            if event["Type"] == "SQS" and name in most:
                assert event["Properties"]["ScalingConfig"]["MaximumConcurrency"] <= most.pop(name)
    assert not most


def test_what_app_yaml_says_of_a_function_lands_in_one_that_exists(app: Document) -> None:
    bare = [name for name, body in app["Resources"].items() if "Type" not in body]
    assert bare == [], "app.yaml names a function or an event that Chalice did not make"
    for _, _, properties in functions(app):
        assert all("Type" in event for event in properties.get("Events", {}).values())


def test_the_api_is_regional_and_answers_in_our_words(app: Document) -> None:
    properties = app["Resources"]["RestAPI"]["Properties"]
    assert properties["EndpointConfiguration"] == "REGIONAL"
    throttle = properties["MethodSettings"][0]
    assert throttle["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}
    answers = properties["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]
    assert {
        "MISSING_AUTHENTICATION_TOKEN",
        "THROTTLED",
        "REQUEST_TOO_LARGE",
        "DEFAULT_4XX",
        "DEFAULT_5XX",
    } <= answers.keys()
    for answer in answers.values():
        body = json.loads(answer["responseTemplates"]["application/json"])
        assert list(body) == ["code", "message", "details", "request_id"]
        assert body["request_id"] == "$context.requestId"
        origin = answer["responseParameters"]["gatewayresponse.header.Access-Control-Allow-Origin"]
        assert origin["Fn::If"][0] == "HasConsole"
    assert answers["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == 404


def test_only_the_console_may_ask_from_a_browser(app: Document) -> None:
    paths = app["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    asked = {path for path, methods in paths.items() if "options" in methods}
    assert asked == {path for path in paths if path.startswith("/admin/")} == {STAFF}
    assert "*" not in {json.dumps(each["options"]) for path, each in paths.items() if path in asked}
    assert CONSOLE in json.dumps(paths[STAFF]["options"])
    assert "'DELETE,GET,OPTIONS,PATCH,POST,PUT'" in json.dumps(paths[STAFF]["options"])
    assert set(paths[STAFF]) == {"options", "x-amazon-apigateway-any-method"}


def test_roles_allow_what_was_recorded(resolved: dict[str, Document]) -> None:
    refused = [
        str(call)
        for call in calls.load()
        if not _allows(resolved[call.function]["statements"], call.action, _arn(call))
    ]
    assert refused == []


def test_roles_allow_nothing_else(resolved: dict[str, Document]) -> None:
    recorded, everything = calls.load(), _everything()
    names = {call.function for call in recorded}
    assert len(names) > 5
    wrong = [
        f"{name} {call.action} {call.resource}"
        for name in names
        for call in everything
        if Call(name, call.action, call.resource) not in recorded | _implied(name, recorded)
        and _allows(resolved[name]["statements"], call.action, _arn(call))
    ]
    assert wrong == []


def _everything() -> set[Call]:
    """Every action that any function has, on every resource of its kind."""
    recorded = calls.load()
    kinds = {call.action for call in recorded} | {
        "dynamodb:DeleteTable",
        "dynamodb:Scan",
        "sqs:PurgeQueue",
        "s3:DeleteObject",
    }
    found = set()
    for action in kinds:
        service = action.partition(":")[0]
        found |= {Call("", action, call.resource) for call in recorded if call.action.startswith(f"{service}:")}
    return found


def _implied(name: str, recorded: set[Call]) -> set[Call]:
    # Who may read an object may list, so that what is not there is told as such.
    return {
        Call(name, "s3:ListBucket", call.resource)
        for call in recorded
        if (call.function, call.action) == (name, "s3:GetObject")
    }


def test_no_wildcard_but_where_aws_knows_no_resource(resolved: dict[str, Document]) -> None:
    for found in resolved.values():
        for statement in found["raw"]:
            if "Fn::If" in statement:
                statement = statement["Fn::If"][1]
            assert not any("*" in action for action in statement["Action"])
            if statement["Resource"] == "*":
                assert {action.partition(":")[0] for action in statement["Action"]} <= {"xray", "ec2"}


def test_every_role_consumes_its_own_queue_only(resolved: dict[str, Document]) -> None:
    receiving = {
        name: [
            arn for each in found["statements"] if "sqs:ReceiveMessage" in each["Action"] for arn in each["Resource"]
        ]
        for name, found in resolved.items()
    }
    queues = {name for name, found in receiving.items() if found}
    assert {"reactions", "payments", "catalog"} <= queues
    for name in queues:
        assert receiving[name] == [f"arn:aws-cn:sqs:cn-northwest-1:123456789012:siyu-prod-{name}"]
    assert not receiving["api"]


def test_a_role_too_large_overflows_into_managed_policies() -> None:
    many = [Call("api", "dynamodb:GetItem", f"a_rather_long_table_name_{number:03}") for number in range(300)]
    made = resources("APIHandler", many, [])
    assert len(made) > 2
    assert list(check._roles(made)) == []
    role = made["APIHandlerRole"]["Properties"]
    assert size(role["Policies"][0]["PolicyDocument"]) <= MAX_INLINE
    attached = {each["Ref"] for each in role["ManagedPolicyArns"]}
    assert attached == made.keys() - {"APIHandlerRole"}
    everywhere = json.dumps(made)
    assert all(f'{call.resource}"' in everywhere for call in many)


def test_secrets_are_nowhere(app: Document) -> None:
    """Neither in what is deployed nor in what an owner commits; the real values of this test's world among them."""
    from chalicelib.core.settings import SECRETS, settings

    texts = [
        template.dump(app),
        *(path.read_text(encoding="utf-8") for path in sorted(AWS.rglob("*")) if path.is_file()),
    ]
    values = [getattr(settings(), name) for name in SECRETS] + list(template.placeholders().values())
    for value in {str(each) for each in values if each and len(str(each)) > 16}:
        assert not any(value in text or json.dumps(value)[1:-1] in text for text in texts)
    for name in SECRETS:
        assert f"SIYU_{name.upper()}" not in texts[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda t: t["Resources"].pop("Payments"), "payments"),
        (lambda t: t["Globals"]["Function"]["Environment"]["Variables"].update(SIYU_SESSION_SECRET="x"), "a secret"),
        (lambda t: t["Globals"]["Function"]["Environment"]["Variables"].update(A="x" * 5000), "bytes of environment"),
        (
            lambda t: t["Resources"].update({f"Q{n}": {"Type": "AWS::SQS::Queue"} for n in range(450)}),
            "resources after",
        ),
        (lambda t: _paths(t).update({f"/a{n}": {} for n in range(300)}), "path nodes"),
    ],
)
def test_each_check_can_fail(app: Document, change: Any, told: str) -> None:
    broken = json.loads(json.dumps(app))
    change(broken)
    problems = list(check.template(broken, template.dump(broken), building.declared()))
    assert any(told in each for each in problems), problems


def _paths(document: Document) -> Document:
    found: Document = document["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    return found


class TestHttpApi:
    """The stage says front: http."""

    @pytest.fixture
    def document(self, app_document: Document) -> Document:
        parameters = {"Prefix": "siyu-prod-", "ConsoleOrigin": CONSOLE}
        return template.merge(front.without_rest(app_document), front.overlay(parameters))

    def test_it_is_what_it_should_be(self, document: Document) -> None:
        assert list(check.template(document, template.dump(document), building.declared())) == []
        kinds = [each["Type"] for each in document["Resources"].values()]
        assert not {"AWS::Serverless::Api", "AWS::WAFv2::WebACL", "AWS::ApiGateway::BasePathMapping"} & set(kinds)
        assert kinds.count("AWS::ApiGatewayV2::Api") == 1
        assert {"Url", "HttpApiId", "DomainTarget"} <= document["Outputs"].keys()

    def test_nothing_of_the_rest_api_is_left(self, document: Document) -> None:
        assert "RestAPI" not in template.dump(document)

    def test_its_event_is_the_one_that_the_code_reads(self, document: Document) -> None:
        integration = document["Resources"]["HttpIntegration"]["Properties"]
        assert integration["PayloadFormatVersion"] == "1.0"
        assert document["Resources"]["HttpRoute"]["Properties"]["RouteKey"] == ANY
        settings = document["Resources"]["HttpStage"]["Properties"]["DefaultRouteSettings"]
        assert settings["ThrottlingRateLimit"] == {"Ref": "RequestsPerSecond"}

    def test_the_linter_takes_it(self, document: Document, tmp_path: Path) -> None:
        made = tmp_path / "app.json"
        made.write_text(template.dump(document), encoding="utf-8")
        command = [
            str(Path(sys.executable).with_name("cfn-lint")),
            "-r",
            "cn-northwest-1",
            "us-east-1",
            "--",
            str(made),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def test_a_firewall_wants_a_rest_api(self) -> None:
        with pytest.raises(front.BuildError, match="REST API only"):
            front.overlay({"Waf": "true"})

    def test_the_stage_decides(self, monkeypatch: pytest.MonkeyPatch, app_document: Document) -> None:
        monkeypatch.setattr(template, "chalice_template", lambda stage: app_document)
        monkeypatch.setattr(template.functions, "shape", lambda *_: None)
        stage = stages.load("prod")
        assert "RestAPI" in template.app_template(stage, stage.arch)["Resources"]
        assert "HttpAPI" in template.app_template(replace(stage, front="http"), stage.arch)["Resources"]


class TestStages:
    def write(self, directory: Path, **changed: Any) -> Path:
        body = {
            "region": "cn-northwest-1",
            "arch": "arm64",
            "front": "rest",
            "parameters": {"Prefix": "siyu-dev-"},
            "settings": {},
            **changed,
        }
        (directory / "dev.json").write_text(json.dumps(body), encoding="utf-8")
        return directory

    def test_the_committed_ones_read(self) -> None:
        for name in ("dev", "test", "prod"):
            found = stages.load(name)
            assert found.prefix == f"siyu-{name}-"
            assert found.stack("data") == f"siyu-{name}-data"
        assert stages.load("prod").parameters["Protect"] == "true"
        assert stages.load("prod").arch.name == stages.load("test").arch.name == "arm64"

    def test_parameters_exist_in_a_template(self) -> None:
        known = {
            name
            for path in AWS.glob("*.yaml")
            for name in parse(path.read_text(encoding="utf-8")).get("Parameters", {})
        }
        for name in ("dev", "test", "prod"):
            assert stages.load(name).parameters.keys() <= known

    @pytest.mark.parametrize(
        ("changed", "told"),
        [
            ({"settings": {"SIYU_WECHAT_APP_SECRET": ""}}, "secrets go into the secrets parameter"),
            ({"settings": {"SIYU_NO_SUCH": "1"}}, "no such setting: SIYU_NO_SUCH"),
            ({"more": 1}, "and no other"),
            ({"arch": "sparc"}, "arch is one of x86_64, arm64"),
            ({"front": "door"}, "front is one of rest, http"),
        ],
    )
    def test_a_wrong_one_is_told(self, tmp_path: Path, changed: Any, told: str) -> None:
        with pytest.raises(stages.BuildError, match=told):
            stages.load("dev", self.write(tmp_path, **changed))
        with pytest.raises(stages.BuildError, match="no stage 'moon'"):
            stages.load("moon", tmp_path)

    def test_settings_reach_the_functions_and_what_is_open_is_told(self, tmp_path: Path) -> None:
        found = stages.load(
            "dev", self.write(tmp_path, settings={"SIYU_FREIGHT_AMOUNT": 800, "SIYU_WECHAT_APP_ID": ""})
        )
        assert found.settings == {"SIYU_FREIGHT_AMOUNT": "800"}
        assert found.unfilled == ("SIYU_WECHAT_APP_ID",)
