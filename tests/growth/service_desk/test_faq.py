"""Questions and answers: search in Chinese, votes, editing."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.growth.service_desk.faq import service
from tests.growth.service_desk.conftest import Desk
from tests.trade.factories import shopper


def article(desk: Desk, question: str, category: str = "售后", **more: Any) -> dict[str, Any]:
    body = {"category": category, "question": question, "answer": "请看详情", **more}
    made: dict[str, Any] = desk.staff.post("/admin/faq", json=body).ok()
    return made


def found(desk: Desk, keyword: str = "") -> list[str]:
    return [each["question"] for each in desk.http.get("/faq", query={"keyword": keyword}).ok()["items"]]


def test_categories_stand_together_in_order(desk: Desk) -> None:
    article(desk, "怎么开发票", "发票", sort=2)
    article(desk, "多久可以退货", sort=1)
    article(desk, "退款几天到账", sort=3)
    article(desk, "藏起来的", sort=0, visible=False)
    assert found(desk) == ["多久可以退货", "退款几天到账", "怎么开发票"]


def test_search_by_neighbors(desk: Desk) -> None:
    article(desk, "多久可以退货")
    article(desk, "怎么修改收货地址", "订单", keywords=["换地址"])
    article(desk, "运费怎么算", "物流", answer="满99元包邮，退货运费自理")
    assert found(desk, "退货") == ["多久可以退货", "运费怎么算"]
    assert found(desk, "想换地址，怎么办") == ["怎么修改收货地址", "运费怎么算"]
    assert found(desk, "ＶＩＰ") == []
    assert desk.http.get("/faq", query={"keyword": "x" * 101}).status == 422


def test_a_member_votes_once(desk: Desk) -> None:
    one = article(desk, "多久可以退货")
    for name, helpful in (("a", True), ("b", True), ("c", False)):
        reply = desk.as_(shopper(name)).post(f"/faq/{one['id']}/vote", json={"helpful": helpful})
        assert reply.status == 204
    again = desk.as_(shopper("a"))
    with desk.cloud.unchanged():
        assert again.post(f"/faq/{one['id']}/vote", json={"helpful": False}).code == "already_voted"
        assert again.post("/faq/faq_none/vote", json={"helpful": True}).code == "faq_not_found"
        assert again.post(f"/faq/{one['id']}/vote", json={"helpful": "x"}).status == 422
    detail = desk.staff.get(f"/admin/faq/{one['id']}").ok()
    assert (detail["helpful"], detail["useless"]) == (2, 1)


def test_editing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    one = article(desk, "多久可以退货")
    wanted = {name: one[name] for name in ("category", "question", "keywords", "sort", "visible", "version")}
    desk.log_in()
    edited = desk.staff.put(f"/admin/faq/{one['id']}", json={**wanted, "answer": "七天内"}).ok()
    assert edited["version"] == 2
    assert desk.http.get(f"/faq/{one['id']}").ok()["answer"] == "七天内"
    with desk.cloud.unchanged():
        assert desk.staff.put(f"/admin/faq/{one['id']}", json={**wanted, "answer": "旧"}).code == "faq_edited"
        assert desk.staff.put("/admin/faq/faq_none", json={**wanted, "answer": "无"}).code == "faq_not_found"
        assert desk.reader.delete(f"/admin/faq/{one['id']}").status == 403
        monkeypatch.setattr(service, "MOST", 1)
        body = {"category": "售后", "question": "再一个", "answer": "好"}
        assert desk.staff.post("/admin/faq", json=body).code == "too_many_faq"
    assert desk.staff.delete(f"/admin/faq/{one['id']}").status == 204
    assert (found(desk), desk.http.get(f"/faq/{one['id']}").status) == ([], 404)


def test_another_container_sees_it_within_a_minute(desk: Desk) -> None:
    article(desk, "多久可以退货")
    assert len(found(desk)) == 1
    service.FaqArticle(id="faq_2", category="售后", question="新的", answer="好", updated_at=desk.clock.at).save()
    assert len(found(desk)) == 1
    desk.clock.move(seconds=61)
    assert len(found(desk)) == 2
