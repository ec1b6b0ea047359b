"""Content security: what goes over the wire, what comes back as a type."""

from __future__ import annotations

import pytest

from chalicelib.core.http import PartnerBroken, PartnerRefused
from chalicelib.gateways.wechat import content
from chalicelib.gateways.wechat.content import Scene, Suggestion
from chalicelib.gateways.wechat.errors import PersonAway, PersonUnknown, QuotaUsedUp
from infra.local.partners import Partners

pytestmark = pytest.mark.usefixtures("cloud", "frozen")
OPENID = "o-one"


@pytest.mark.parametrize(
    ("text", "thought"), [("很软", Suggestion.PASS), ("加微信", Suggestion.REVIEW), ("违禁加微信", Suggestion.RISKY)]
)
def test_words_are_judged_at_once(partners: Partners, text: str, thought: Suggestion) -> None:
    assert content.check_text(OPENID, Scene.COMMENT, text) is thought
    (looked,) = partners.wechat.state.content.looked
    assert (looked.openid, looked.content) == (OPENID, text)


def test_a_picture_is_taken_under_a_trace_id(partners: Partners) -> None:
    one = content.check_picture(OPENID, Scene.COMMENT, "https://media.test/a.png")
    two = content.check_picture(OPENID, Scene.COMMENT, "https://media.test/a.png")
    assert one != two
    pushed = [each.message["trace_id"] for each in partners.wechat.state.pushes.pushes.values()]
    assert pushed == [one, two]


@pytest.mark.parametrize(("code", "kind"), [(40003, PersonUnknown), (61010, PersonAway), (45009, QuotaUsedUp)])
def test_each_refusal_is_a_type(partners: Partners, code: int, kind: type[PartnerRefused]) -> None:
    partners.faults.api("msg_sec_check", "answer", status=200, document={"errcode": code, "errmsg": "no"})
    with pytest.raises(kind):
        content.check_text(OPENID, Scene.COMMENT, "很软")


def test_who_is_away(partners: Partners) -> None:
    partners.wechat.state.content.away.append(OPENID)
    with pytest.raises(PersonAway):
        content.check_picture(OPENID, Scene.COMMENT, "https://media.test/a.png")


@pytest.mark.parametrize("document", [{}, {"result": None}, {"result": {"suggest": "fine"}}, {"result": []}])
def test_an_answer_without_an_opinion(partners: Partners, document: dict[str, object]) -> None:
    partners.faults.api("msg_sec_check", "answer", 5, status=200, document={"errcode": 0, **document})
    with pytest.raises(PartnerBroken):
        content.check_text(OPENID, Scene.COMMENT, "很软")
    partners.faults.clear()
    partners.faults.api("media_check_async", "answer", 5, status=200, document={"errcode": 0, **document})
    with pytest.raises(PartnerBroken):
        content.check_picture(OPENID, Scene.COMMENT, "https://media.test/a.png")


@pytest.mark.parametrize(
    ("push", "thought"),
    [
        ({"errcode": 0, "result": {"suggest": "pass"}}, Suggestion.PASS),
        ({"errcode": "0", "result": {"suggest": "risky"}}, Suggestion.RISKY),
        ({"errcode": -1008, "result": {"suggest": "pass"}}, Suggestion.REVIEW),
        ({"errcode": 0}, Suggestion.REVIEW),
        ({"errcode": 0, "result": "pass"}, Suggestion.REVIEW),
    ],
)
def test_what_a_push_says(push: dict[str, object], thought: Suggestion) -> None:
    assert content.verdict(push) is thought
