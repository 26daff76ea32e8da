"""Pages as Relay knows them: nodes with cursors, at most 100 at once, by the key of the last row."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import orjson

from graphql_api.describe import about, object_type
from graphql_api.limits import PAGE_ROWS_MAX
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import Cursor, Position
from projections.pages import Page

Node = TypeVar("Node")
Row = TypeVar("Row")


@object_type
class PageInfo:
    """Where a page ends and whether more follow."""

    has_next_page: bool = about("Whether more rows follow.")
    has_previous_page: bool = about("Whether the page was asked for as one behind another.")
    start_cursor: Cursor | None = about("The cursor of the first row.")
    end_cursor: Cursor | None = about("The cursor of the last row: `after` for the next page.")


@object_type
class Edge(Generic[Node]):
    """One row of a page."""

    cursor: Cursor = about("The place of the row in the list.")
    node: Node = about("The row.")


@object_type
class Connection(Generic[Node]):
    """A page of rows."""

    edges: list[Edge[Node]] = about("The rows with their cursors.")
    nodes: list[Node] = about("The rows alone.")
    page_info: PageInfo = about("Where the page ends and whether more follow.")
    position: Position | None = about(
        "Everything up to here is in the page: `after` for a subscription that goes on from it."
    )


def check_first(first: int) -> int:
    """The number of rows asked for, within the bound."""
    if not 1 <= first <= PAGE_ROWS_MAX:
        raise ArgumentRefused(expected=f"1 to {PAGE_ROWS_MAX}", name="first", found=str(first))
    return first


def key_cursor(kind: str, *key: int) -> Cursor:
    """The key of a row as an opaque cursor of one kind of list."""
    return Cursor(base64.urlsafe_b64encode(orjson.dumps([kind, *key])).rstrip(b"=").decode())


def key_of(kind: str, cursor: Cursor | None, parts: int = 1) -> tuple[int, ...] | None:
    """The key in a cursor; refuses one of another kind of list."""
    if cursor is None:
        return None
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        found, *key = orjson.loads(base64.urlsafe_b64decode(padded))
    except (binascii.Error, orjson.JSONDecodeError, UnicodeError, ValueError, TypeError):
        found, key = None, []
    if found != kind or len(key) != parts or not all(type(part) is int for part in key):
        raise ArgumentRefused(expected=f"a cursor of a list of {kind}", name="after", found="another one")
    return tuple(key)


def connection(
    page: Page[Row],
    node: Callable[[Row], Node],
    cursor: Callable[[Row], Cursor],
    *,
    after: Cursor | None,
    position: Position | None = None,
) -> Connection[Node]:
    """A page of rows as the schema shows it."""
    edges: Sequence[Edge[Node]] = [Edge(cursor=cursor(row), node=node(row)) for row in page.rows]
    info = PageInfo(
        has_next_page=page.has_more,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )
    return Connection(edges=list(edges), nodes=[edge.node for edge in edges], page_info=info, position=position)
