"""Stored files in the schema: their content is fetched over plain HTTP."""

from __future__ import annotations

from datetime import datetime

import strawberry

from domain.values import BLOB
from graphql_api.context import Info, read_id
from graphql_api.describe import about, field, object_type
from graphql_api.files.signing import LINK_SECONDS_MAX, LINK_SECONDS_USUAL, sign_link
from graphql_api.log.actors import Actor, show_actor
from graphql_api.refusals import ArgumentRefused
from graphql_api.scalars import Position
from graphql_api.values.given import stored_file
from graphql_api.values.shown import text
from projections.files import FileRow, find_file


@object_type
class FileLink:
    """A link that needs no key, until it expires."""

    url: str = about("The path on this server.")
    expires_at: datetime = about("When it expires.")


@object_type
class StoredFile:
    """A file that was stored."""

    id: strawberry.ID = about("Its id.")
    name: str | None = about("Its name; null where it is sealed.")
    media_type: str = about("Its media type: what its content shows, or where that shows nothing what was said.")
    said_media_type: str = about("The media type as it was said when it was stored.")
    detected: str | None = about("The media type that its content shows by its signature; null where it shows none.")
    size: int = about("Its size in bytes.")
    url: str = about("Where its content is fetched with a key that has the permission file:read.")
    stored_at: datetime = about("When it was stored.")
    stored_by: Actor = about("Who stored it.")
    row: strawberry.Private[FileRow]

    @field
    def link(self, info: Info, seconds: int = LINK_SECONDS_USUAL) -> FileLink:
        """A link that opens its content for whoever has it, without a key, for so many seconds (at most a week)."""
        if not 1 <= seconds <= LINK_SECONDS_MAX:
            raise ArgumentRefused(expected=f"1 to {LINK_SECONDS_MAX}", name="seconds", found=str(seconds))
        row = self.row
        url, expires_at = sign_link(info.context.api.system.master_key, row.workspace_id, row.file_id, seconds)
        return FileLink(url=url, expires_at=expires_at)


@strawberry.type
class FileQueries:
    """What can be asked of files."""

    @field
    async def file(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the word of the API
        at_least_position: Position | None = None,
    ) -> StoredFile | None:
        """A stored file of the workspace; null where there is none of this id."""
        info.context.identity.require("file:read")
        await info.context.at_least(at_least_position)
        file_id = read_id(id)
        context = info.context
        if file_id is None:
            return None
        views, reader = context.api.system.views, context.api.system.reader
        row = await find_file(views, context.workspace_id, file_id)
        if row is None and await stored_file(context, file_id) is not None:
            # It was stored a moment ago: whoever stored it finds it.
            await context.seen(await reader.last_position())
            row = await find_file(views, context.workspace_id, file_id)
        return None if row is None else show_file(row)


def show_file(row: FileRow) -> StoredFile:
    """A file by its row."""
    return StoredFile(
        id=strawberry.ID(str(row.file_id)),
        name=text(row.name),
        media_type=row.content[BLOB].get("type") or row.media_type,
        said_media_type=row.media_type,
        detected=row.detected,
        size=row.size,
        url=f"/files/{row.file_id}",
        stored_at=row.stored_at,
        stored_by=show_actor(row.stored_by),
        row=row,
    )
