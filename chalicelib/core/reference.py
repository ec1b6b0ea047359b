"""The API reference: ``/openapi.json`` for programs, ``/docs`` for people. One page, nothing from outside."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

from chalicelib.core import openapi
from chalicelib.core.api import Api, Operation, RawResponse

TITLE = "Siyu 私域商城 API"
VERSION = "1"
STYLE = """
body{font:15px/1.55 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;margin:0;color:#1d2433;background:#fafbfc}
main{max-width:980px;margin:0 auto;padding:24px}h1{font-size:26px}h2{font-size:19px;margin:34px 0 8px}
nav{columns:3;font-size:14px}nav a{display:block;color:#1659c7;text-decoration:none;padding:1px 0}
details{background:#fff;border:1px solid #e3e7ee;border-radius:8px;margin:6px 0}
summary{cursor:pointer;padding:8px 12px;overflow:hidden}
details>div{padding:2px 16px 14px}code,pre{font:13px/1.5 ui-monospace,Menlo,Consolas,monospace}
pre{background:#f3f5f9;padding:10px;border-radius:6px;overflow:auto;white-space:pre-wrap}
b.m{display:inline-block;width:62px;text-align:center;border-radius:4px;color:#fff;font-size:12px;margin-right:8px}
.GET{background:#2f7d4f}.POST{background:#1659c7}.PUT,.PATCH{background:#a5670a}.DELETE{background:#b3261e}
table{border-collapse:collapse;width:100%;font-size:14px}td,th{border-bottom:1px solid #eceff4;padding:4px 6px;
text-align:left;vertical-align:top}.who{float:right;color:#66708a;font-size:13px}h4{margin:12px 0 4px}
"""


def api(operations: Callable[[], list[Operation]]) -> Api:
    """Routes that show *operations*; the document is made at the first request."""
    routes = Api("reference", title="说明 Reference")

    @cache
    def made() -> dict[str, Any]:
        return openapi.document(operations(), title=TITLE, version=VERSION)

    @cache
    def page() -> str:
        return render(made())

    @routes.get("/openapi.json", cache_seconds=300)
    def openapi_document() -> RawResponse:
        """Give this API as an OpenAPI 3.1 document."""
        return RawResponse(json.dumps(made(), ensure_ascii=False))

    @routes.get("/docs", cache_seconds=300)
    def reference() -> RawResponse:
        """Show this API as a page."""
        return RawResponse(page(), content_type="text/html; charset=utf-8")

    return routes


def render(document: dict[str, Any]) -> str:
    """The document as one self-contained HTML page."""
    by_tag: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            by_tag.setdefault(operation["tags"][0], []).append(_operation(method.upper(), path, operation))
    sections = "".join(
        f'<h2 id="{html.escape(tag)}">{html.escape(tag)}</h2>' + "".join(by_tag[tag])
        for tag in sorted(by_tag, key=_rank)
    )
    links = "".join(f'<a href="#{html.escape(tag)}">{html.escape(tag)}</a>' for tag in sorted(by_tag, key=_rank))
    models = "".join(
        f'<details id="{html.escape(name)}"><summary><code>{html.escape(name)}</code></summary>'
        f"<div>{_schema(schema)}</div></details>"
        for name, schema in document["components"]["schemas"].items()
    )
    info = document["info"]
    introduction = re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(info["description"])).replace("\n* ", "<br>• ")
    return (
        f"<!doctype html><html lang=zh-CN><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>{html.escape(info['title'])}</title><style>{STYLE}</style><main><h1>{html.escape(info['title'])}</h1>"
        f'<p>{introduction}</p><p><a href="openapi.json">openapi.json</a></p><nav>{links}</nav>{sections}'
        f"<h2>Models</h2>{models}</main>"
    )


def _rank(tag: str) -> tuple[bool, bool, str]:
    """Buyers first, then staff, then partners."""
    return tag.endswith("(partners)"), tag.endswith("(staff)"), tag.split(" ", 1)[-1]


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    schemes = [name for each in operation.get("security", []) for name in each]
    who = operation.get("x-permission") or (schemes[0] if schemes else "public")
    parts = [f"<p>{html.escape(operation.get('description', ''))}</p>"]
    rows = "".join(
        f"<tr><td><code>{html.escape(p['name'])}</code>{' *' if p['required'] else ''}"
        f"<td>{p['in']}<td>{_kind(p['schema'])}"
        for p in operation["parameters"]
    )
    if rows:
        parts.append(f"<h4>Parameters</h4><table>{rows}</table>")
    if "requestBody" in operation:
        content = operation["requestBody"]["content"]
        parts.append(
            "<h4>Body</h4>" + "".join(f"{html.escape(kind)}: {_kind(c['schema'])}" for kind, c in content.items())
        )
    rows = ""
    for status, answer in operation["responses"].items():
        kinds = "".join(_kind(content.get("schema", {})) for content in answer.get("content", {}).values())
        rows += f"<tr><td><code>{status}</code><td>{html.escape(answer['description'])}<td>{kinds}"
    parts.append(f"<h4>Answers</h4><table>{rows}</table>")
    return (
        f"<details><summary><b class='m {method}'>{method}</b><code>{html.escape(path)}</code> "
        f"{html.escape(operation['summary'])}<span class=who>{html.escape(who)}</span></summary>"
        f"<div>{''.join(parts)}</div></details>"
    )


def _schema(schema: dict[str, Any]) -> str:
    if "properties" not in schema:
        return f"<pre>{html.escape(json.dumps(schema, ensure_ascii=False, indent=1))}</pre>"
    required = schema.get("required", [])
    rows = "".join(
        f"<tr><td><code>{html.escape(name)}</code>{' *' if name in required else ''}<td>{_kind(each)}"
        f"<td>{html.escape(each.get('description', ''))}"
        for name, each in schema["properties"].items()
    )
    return f"<p>{html.escape(schema.get('description', ''))}</p><table>{rows}</table>"


def _kind(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        name = html.escape(schema["$ref"].rsplit("/", 1)[1])
        return f'<a href="#{name}">{name}</a>'
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " | ".join(_kind(each) for each in schema[key])
    if schema.get("type") == "array":
        return f"[{_kind(schema.get('items', {}))}]"
    if "enum" in schema:
        return html.escape(" | ".join(map(str, schema["enum"])))
    limits = [
        f"{key}={schema[key]}" for key in ("minimum", "maximum", "minLength", "maxLength", "pattern") if key in schema
    ]
    return html.escape(" ".join([str(schema.get("format") or schema.get("type", "any")), *limits]))
