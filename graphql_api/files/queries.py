"""Stored files in the schema: their content is fetched over plain HTTP."""

from __future__ import annotations

from datetime import datetime

import strawberry

from graphql_api.context import Info, read_id
from graphql_api.describe import about, field, object_type
from graphql_api.log.actors import Actor, show_actor
from graphql_api.scalars import Position
from graphql_api.values.shown import text
from projections.files import FileRow, find_file


@object_type
class StoredFile:
    """A file that was stored."""

    id: strawberry.ID = about("Its id.")
    name: str | None = about("Its name; null where it is sealed.")
    media_type: str = about("Its media type.")
    size: int = about("Its size in bytes.")
    url: str = about("Where its content is fetched with a key that has the permission file:read.")
    stored_at: datetime = about("When it was stored.")
    stored_by: Actor = about("Who stored it.")


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
        row = None if file_id is None else await find_file(context.api.system.views, context.workspace_id, file_id)
        return None if row is None else show_file(row)


def show_file(row: FileRow) -> StoredFile:
    """A file by its row."""
    return StoredFile(
        id=strawberry.ID(str(row.file_id)),
        name=text(row.name),
        media_type=row.media_type,
        size=row.size,
        url=f"/files/{row.file_id}",
        stored_at=row.stored_at,
        stored_by=show_actor(row.stored_by),
    )
