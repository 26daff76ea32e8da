"""Pages of rows by keyset: a page begins after the key of the last row of the page before it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from domain.refusals import Refusal

PAGE_ROWS_MAX = 100

Row = TypeVar("Row")


class PageSizeRefused(Refusal):
    """Expected a page of 1 to {most} rows, but {first} were asked for."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows in their order, and whether more follow; the next page is asked for with the key of the last row."""

    rows: Sequence[Row]
    has_more: bool


def rows_to_read(first: int) -> int:
    """How many rows to ask the database for to fill a page and to know whether more follow."""
    if not 1 <= first <= PAGE_ROWS_MAX:
        raise PageSizeRefused(most=PAGE_ROWS_MAX, first=first)
    return first + 1


def page_of(rows: Sequence[Row], first: int) -> Page[Row]:
    """The page in what was read by `rows_to_read`."""
    return Page(rows[:first], len(rows) > first)
