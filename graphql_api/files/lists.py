"""The files of a workspace, and how much it has stored."""

from __future__ import annotations

from graphql_api.context import Context
from graphql_api.describe import about, object_type
from graphql_api.files.queries import StoredFile, show_file
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.scalars import Cursor, Position
from projections.content import find_totals
from projections.files import list_files

KIND = "files"


@object_type
class Storage:
    """How much a workspace has stored, and how much it may. Numbers of bytes are floats, since they outgrow an Int."""

    files: int = about("How many files it has.")
    bytes: float = about("How many bytes its files and large values are together; what is stored twice counts once.")
    files_max: int = about("How many files it may have.")
    bytes_max: float = about("How many bytes it may have.")


async def list_files_of(
    context: Context, first: int, after: Cursor | None, at_least: Position | None
) -> Connection[StoredFile]:
    """A page of the files of the workspace."""
    context.identity.require("file:read")
    await context.at_least(at_least)
    begin, position = key_of(KIND, after), await context.views_position()
    page = await list_files(
        context.api.system.views,
        context.workspace_id,
        first=check_first(first),
        after=begin[0] if begin else None,
    )
    return connection(page, show_file, lambda row: key_cursor(KIND, row.position), after=after, position=position)


async def storage_of(context: Context, at_least: Position | None) -> Storage:
    """How much the workspace has stored."""
    context.identity.require("file:read")
    await context.at_least(at_least)
    totals = await find_totals(context.api.system.views, context.workspace_id)
    settings = context.api.settings
    return Storage(
        files=totals.files,
        bytes=float(totals.bytes),
        files_max=settings.workspace_files_max,
        bytes_max=float(settings.workspace_bytes_max),
    )
