"""What favorites tell themselves; it never reaches a caller."""

from chalicelib.core.errors import DomainError


class AlreadySo(DomainError):
    """It is liked, or not liked, already."""

    code = "already_so"
