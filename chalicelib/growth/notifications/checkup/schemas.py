"""What WeChat's list of templates says about ours."""

from __future__ import annotations

from enum import StrEnum

from chalicelib.core.schemas import Schema


class Problem(StrEnum):
    """Why WeChat refuses every message of a kind."""

    NOT_IN_ACCOUNT = "not_in_account"
    """The shop's account has no such template."""
    LONG_TERM = "long_term"
    """It is not for one-time messages."""
    KEYWORD_MISSING = "keyword_missing"
    """The template has a keyword that no field fills."""
    KEYWORD_UNKNOWN = "keyword_unknown"
    """A field fills a keyword that the template does not have."""
    WORD_UNKNOWN = "word_unknown"
    """A fixed text is none of the words that the keyword takes."""
    VARIABLE_GONE = "variable_gone"
    """A field names a variable that this release does not have."""


class ProblemView(Schema):
    code: Problem
    keyword: str | None = None


class KindCheck(Schema):
    """A kind that is mapped; without problems WeChat takes its messages."""

    kind: str
    template_id: str
    title: str | None
    """WeChat's own."""
    enabled: bool
    problems: list[ProblemView]


class AccountTemplateView(Schema):
    """A template of the shop's account at WeChat."""

    template_id: str
    title: str
    keywords: dict[str, str]
    """`thing1` → the word beside it."""
    words: dict[str, list[str]]
    """`enum1` → the only values that it takes."""
    kinds: list[str]
    """Those that are mapped to it."""


class Checkup(Schema):
    """``GET /admin/notifications/checkup``."""

    kinds: list[KindCheck]
    templates: list[AccountTemplateView]
