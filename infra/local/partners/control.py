"""What a person does on the other side, over HTTP with JSON: ``/control/...``. The same calls exist in Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from infra.local.partners.exchange import Refused, Reply, Request, json_reply

if TYPE_CHECKING:
    from infra.local.partners.world import Partners

Body = dict[str, Any]


def handle(partners: Partners, request: Request) -> Reply:
    """Answer a control call: 200 with what came of it, 409 with ``{code, message}`` when it can not be done."""
    action = _ACTIONS.get((request.method, request.path))
    if action is None:
        return json_reply({"code": "UNKNOWN_CONTROL", "message": sorted(" ".join(key) for key in _ACTIONS)}, 404)
    try:
        body = json.loads(request.body or b"{}")
        reply = json_reply(action(partners, body))
    except Refused as refused:
        reply = json_reply({"code": refused.code, "message": refused.message}, 409)
    except (ValueError, TypeError, KeyError) as error:
        reply = json_reply({"code": "BAD_CONTROL", "message": f"{type(error).__name__}: {error}"}, 400)
    partners.keep()
    return reply


def _login_code(partners: Partners, body: Body) -> Body:
    with partners.lock:
        code = partners.wechat.new_login_code(body.get("openid"), body.get("unionid"))
        return {"code": code, **partners.wechat.state.login_codes[code].subject}


def _phone_code(partners: Partners, body: Body) -> Body:
    with partners.lock:
        return {"code": partners.wechat.new_phone_code(body["number"], body.get("country_code", "86"))}


def _block(partners: Partners, body: Body) -> Body:
    partners.wechat.block(body["openid"])
    return {}


def _revoke(partners: Partners, _: Body) -> Body:
    with partners.lock:
        partners.wechat.revoke_tokens()
    return {}


def _open_url_link(partners: Partners, body: Body) -> Body:
    with partners.lock:
        return partners.wechat.links.open(body["url"])


def _released(partners: Partners, body: Body) -> Body:
    """Which pages the released mini-program has; null: any."""
    pages = body["pages"]
    if pages is not None and not (isinstance(pages, list) and all(isinstance(page, str) for page in pages)):
        raise Refused("BAD_PAGES", "pages 是页面路径的列表，或 null")
    with partners.lock:
        partners.wechat.state.links.pages = pages
    return {"pages": pages}


def _codes(partners: Partners, _: Body) -> Body:
    with partners.lock:
        return {"codes": [{"page": page, "scene": scene} for page, scene in partners.wechat.state.codes.made]}


def _sheet(partners: Partners, body: Body) -> dict[str, Any]:
    """The payment sheet a call is about: signed parameters, a prepay id, or the latest one of a number."""
    if "out_trade_no" in body:
        trade = partners.wechat_pay.books.trades.get(body["out_trade_no"])
        if trade is None or not trade.prepay_ids:
            raise Refused("ORDER_NOT_EXIST", "订单不存在")
        return {"prepay_id": trade.prepay_ids[-1]}
    return {"prepay_id": body.get("prepay_id"), "parameters": body.get("parameters")}


def _pay(partners: Partners, body: Body) -> Body:
    more = {name: body[name] for name in ("coupon_amount", "even_closed") if name in body}
    return partners.wechat_pay.pay(**_sheet(partners, body), **more)


def _take(partners: Partners, body: Body) -> Body:
    return partners.wechat_pay.take(body["out_trade_no"], body["amount"])


def _cancel(partners: Partners, body: Body) -> Body:
    partners.wechat_pay.cancel(**_sheet(partners, body))
    return {}


def _settle_refund(partners: Partners, body: Body) -> Body:
    return partners.wechat_pay.settle_refund(body["out_refund_no"], body.get("status", "SUCCESS"))


def _refund_mode(partners: Partners, body: Body) -> Body:
    partners.wechat_pay.refunds_succeed = bool(body["succeed"])
    return {"succeed": partners.wechat_pay.refunds_succeed}


def _balance(partners: Partners, body: Body) -> Body:
    partners.wechat_pay.books.balance = body["amount"]
    return {"amount": body["amount"]}


def _tell_again(partners: Partners, body: Body) -> Body:
    return {"id": partners.wechat_pay.tell_paid_again(body["out_trade_no"])}


def _deliver(partners: Partners, _: Body) -> Body:
    return {"tried": partners.wechat_pay.notices.deliver_due()}


def _replay(partners: Partners, body: Body) -> Body:
    return {"status": partners.wechat_pay.notices.replay(body["id"])}


def _probe(partners: Partners, body: Body) -> Body:
    return {"status": partners.wechat_pay.notices.probe(body["url"])}


def _parcel(partners: Partners, body: Body) -> Body:
    return {"callbacks": partners.kuaidi100.move(**body)}


def _abort_parcel(partners: Partners, body: Body) -> Body:
    return {"callbacks": partners.kuaidi100.abort(**body)}


def _correct_parcel(partners: Partners, body: Body) -> Body:
    return {"callbacks": partners.kuaidi100.correct(**body)}


def _tell_parcel_again(partners: Partners, body: Body) -> Body:
    return {"callbacks": partners.kuaidi100.tell_again(**body)}


def _deliver_callbacks(partners: Partners, _: Body) -> Body:
    return {"tried": partners.kuaidi100.callbacks.deliver_due()}


def _parcels(partners: Partners, _: Body) -> Body:
    with partners.lock:
        books = partners.kuaidi100.books
        shown = {"parcels": list(map(asdict, books.consignments.values())), "too_often": books.too_often}
        return json.loads(json.dumps(shown, default=str))  # type: ignore[no-any-return]


def _confirm_receipt(partners: Partners, body: Body) -> Body:
    with partners.lock:
        partners.wechat.shipping.confirm_receipt(body["out_trade_no"])
    return {}


def _settle_payment(partners: Partners, body: Body) -> Body:
    with partners.lock:
        partners.wechat.shipping.settle(body["out_trade_no"], pending=bool(body.get("pending", False)))
    return {}


def _urge_shipping(partners: Partners, body: Body) -> Body:
    with partners.lock:
        partners.wechat.shipping.urge(body["out_trade_no"])
    return {}


def _shipping_mode(partners: Partners, body: Body) -> Body:
    state = partners.wechat.state.shipping
    state.known_after_seconds = int(body.get("known_after_seconds", state.known_after_seconds))
    state.managed = bool(body.get("managed", state.managed))
    return {"known_after_seconds": state.known_after_seconds, "managed": state.managed}


def _add_message_template(partners: Partners, body: Body) -> Body:
    with partners.lock:
        return {"id": partners.wechat.messages.add_template(**body)}


def _remove_message_template(partners: Partners, body: Body) -> Body:
    with partners.lock:
        partners.wechat.messages.remove_template(body["id"])
    return {}


def _ask_for_messages(partners: Partners, body: Body) -> Body:
    with partners.lock:
        return {"answers": partners.wechat.messages.ask(**body)}


def _switch_messages(partners: Partners, body: Body) -> Body:
    with partners.lock:
        partners.wechat.messages.switch(**body)
    return {}


def _messages(partners: Partners, _: Body) -> Body:
    with partners.lock:
        templates = list(map(asdict, partners.wechat.messages.templates().values()))
        shown = list(map(asdict, partners.wechat.state.messages.shown))[::-1]
        return json.loads(json.dumps({"templates": templates, "messages": shown}, default=str))  # type: ignore[no-any-return]


def _think(partners: Partners, body: Body) -> Body:
    with partners.lock:
        partners.wechat.content.think(**body)
    return {}


def _keep_back(partners: Partners, body: Body) -> Body:
    with partners.lock:
        partners.wechat.content.keep_back(body["silent"])
    return {}


def _enter_push_address(partners: Partners, body: Body) -> Body:
    partners.wechat.pushes.enter(**body)
    return {"url": partners.wechat.pushes.url}


def _push(partners: Partners, body: Body) -> Body:
    return {"id": partners.wechat.pushes.write(body["message"], body["openid"])}


def _say(partners: Partners, body: Body) -> Body:
    with partners.lock:
        return {"id": partners.wechat.customers.say(**body)}


def _deliver_pushes(partners: Partners, _: Body) -> Body:
    return {"tried": partners.wechat.pushes.deliver_due()}


def _replay_push(partners: Partners, body: Body) -> Body:
    return {"status": partners.wechat.pushes.replay(body["id"])}


def _pushes(partners: Partners, _: Body) -> Body:
    with partners.lock:
        pushes = list(map(asdict, partners.wechat.state.pushes.pushes.values()))[::-1]
        return json.loads(json.dumps({"pushes": pushes}, default=str))  # type: ignore[no-any-return]


def _fault(partners: Partners, body: Body) -> Body:
    options = dict(body)
    on = options.pop("on")
    if on == "api":
        partners.faults.api(options.pop("endpoint", "*"), **options)
    else:
        partners.faults.letter(on, **options)
    return {"faults": partners.faults.waiting()}


def _clear_faults(partners: Partners, _: Body) -> Body:
    partners.faults.clear()
    return {"faults": []}


def _reset(partners: Partners, _: Body) -> Body:
    partners.reset()
    return {}


def _orders(partners: Partners, _: Body) -> Body:
    trades = partners.wechat_pay.trades()
    return {"orders": [partners.wechat_pay.trade(trade.out_trade_no) for trade in trades]}


def _notices(partners: Partners, _: Body) -> Body:
    with partners.lock:
        return json.loads(json.dumps({"notices": list(map(asdict, _newest(partners)))}, default=str))  # type: ignore[no-any-return]


def _newest(partners: Partners) -> list[Any]:
    return list(partners.wechat_pay.books.notices.values())[::-1]


def _calls(partners: Partners, _: Body) -> Body:
    return {"calls": [{"endpoint": endpoint, "status": status} for endpoint, status in partners.calls]}


def _state(partners: Partners, _: Body) -> Body:
    document: Body = json.loads(partners.dump())
    return document


_ACTIONS: dict[tuple[str, str], Callable[[Partners, Body], Body]] = {
    ("POST", "/login-codes"): _login_code,
    ("POST", "/phone-codes"): _phone_code,
    ("POST", "/block"): _block,
    ("POST", "/tokens/revoke"): _revoke,
    ("POST", "/url-links/open"): _open_url_link,
    ("POST", "/pages/released"): _released,
    ("GET", "/codes"): _codes,
    ("POST", "/pay"): _pay,
    ("POST", "/payments/foreign"): _take,
    ("POST", "/cancel"): _cancel,
    ("POST", "/refunds/settle"): _settle_refund,
    ("POST", "/refunds/mode"): _refund_mode,
    ("POST", "/balance"): _balance,
    ("POST", "/notices/again"): _tell_again,
    ("POST", "/notices/deliver"): _deliver,
    ("POST", "/notices/replay"): _replay,
    ("POST", "/probe"): _probe,
    ("POST", "/parcels/move"): _parcel,
    ("POST", "/parcels/abort"): _abort_parcel,
    ("POST", "/parcels/correct"): _correct_parcel,
    ("POST", "/parcels/tell-again"): _tell_parcel_again,
    ("POST", "/parcels/deliver"): _deliver_callbacks,
    ("POST", "/shipping/confirm-receipt"): _confirm_receipt,
    ("POST", "/shipping/settle"): _settle_payment,
    ("POST", "/shipping/urge"): _urge_shipping,
    ("POST", "/shipping/mode"): _shipping_mode,
    ("POST", "/content/think"): _think,
    ("POST", "/content/keep-back"): _keep_back,
    ("POST", "/messages/templates"): _add_message_template,
    ("POST", "/messages/templates/remove"): _remove_message_template,
    ("POST", "/messages/ask"): _ask_for_messages,
    ("POST", "/messages/switch"): _switch_messages,
    ("POST", "/pushes"): _push,
    ("POST", "/pushes/address"): _enter_push_address,
    ("POST", "/pushes/say"): _say,
    ("POST", "/pushes/deliver"): _deliver_pushes,
    ("POST", "/pushes/replay"): _replay_push,
    ("POST", "/faults"): _fault,
    ("POST", "/faults/clear"): _clear_faults,
    ("POST", "/reset"): _reset,
    ("GET", "/orders"): _orders,
    ("GET", "/notices"): _notices,
    ("GET", "/parcels"): _parcels,
    ("GET", "/messages"): _messages,
    ("GET", "/pushes"): _pushes,
    ("GET", "/calls"): _calls,
    ("GET", "/state"): _state,
}
