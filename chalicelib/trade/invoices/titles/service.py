"""The book of titles: one item, written on condition of what was read."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.core import ids
from chalicelib.core.transaction import Transaction
from chalicelib.trade.invoices.errors import TitleLimitReached, TitleNotFound, TitlesMoved
from chalicelib.trade.invoices.models import Title, TitleBook
from chalicelib.trade.invoices.schemas import SaveTitle

LIMIT, TRIES = 20, 4


def book_of(member_id: str) -> TitleBook:
    """The member's book; an empty one if there is none."""
    return TitleBook.find(member_id, consistent=True) or TitleBook(member_id=member_id, titles=[], version=0)


def title_of(member_id: str, title_id: str | None) -> Title:
    """The member's title of that id; None: the default one. :raises TitleNotFound:"""
    book = book_of(member_id)
    return _found(book, title_id or book.default_id or "")


def add(member_id: str, asked: SaveTitle) -> TitleBook:
    """A new title; the first one is the default. :raises TitleLimitReached:"""

    def change(book: TitleBook) -> None:
        if len(book.titles) >= LIMIT:
            raise TitleLimitReached()
        title = _title(ids.new("ivt"), asked)
        book.titles = [*book.titles, title]
        _set_default(book, title.id, wanted=asked.is_default or len(book.titles) == 1)

    return _changed(member_id, change)


def replace(member_id: str, title_id: str, asked: SaveTitle) -> TitleBook:
    """Write a title anew; invoices keep what it was. :raises TitleNotFound:"""

    def change(book: TitleBook) -> None:
        _found(book, title_id)
        book.titles = [_title(title_id, asked) if each.id == title_id else each for each in book.titles]
        _set_default(book, title_id, wanted=asked.is_default)

    return _changed(member_id, change)


def remove(member_id: str, title_id: str) -> TitleBook:
    """Take a title out; no other becomes the default. :raises TitleNotFound:"""

    def change(book: TitleBook) -> None:
        _found(book, title_id)
        book.titles = [each for each in book.titles if each.id != title_id]
        if book.default_id == title_id:
            book.default_id = None

    return _changed(member_id, change)


def _changed(member_id: str, change: Callable[[TitleBook], None]) -> TitleBook:
    for _ in range(TRIES):
        book = book_of(member_id)
        read = book.version
        change(book)
        book.version = read + 1
        try:
            with Transaction() as tx:
                unmoved = TitleBook.version == read if read else TitleBook.member_id.does_not_exist()
                tx.put(book, only_if=unmoved, otherwise=TitlesMoved())
            return book
        except TitlesMoved:
            continue
    raise TitlesMoved()


def _title(title_id: str, asked: SaveTitle) -> Title:
    return Title(id=title_id, **asked.model_dump(exclude={"is_default"}))


def _set_default(book: TitleBook, title_id: str, *, wanted: bool) -> None:
    if wanted:
        book.default_id = title_id
    elif book.default_id == title_id:
        book.default_id = None


def _found(book: TitleBook, title_id: str) -> Title:
    for title in book.titles:
        if title.id == title_id:
            return title
    raise TitleNotFound()
