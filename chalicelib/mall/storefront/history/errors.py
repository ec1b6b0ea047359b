"""What the history tells itself; it never reaches a caller."""

from chalicelib.core.errors import DomainError


class ViewedLately(DomainError):
    """The same product within the same minute: nothing is written."""

    code = "viewed_lately"
