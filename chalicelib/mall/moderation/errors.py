"""Refusals of checks; they only reach logs."""

from chalicelib.core.errors import DomainError


class AlreadyJudged(DomainError):
    """Another verdict was quicker."""

    code = "already_judged"


class CheckBegun(DomainError):
    """The subject is being checked already."""

    code = "check_begun"
