"""The read model `files`: what is stored, and where its content is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.happened import Happened
from projections.model import ReadModel
from projections.pages import Page, page_of, rows_to_read
from projections.rows import Rows
from projections.tables import Json, Table, query
from projections.views import Views


@dataclass(slots=True)
class FileRow:
    """A stored file; `content` is the `$blob` wrapper of its bytes."""

    file_id: UUID
    workspace_id: UUID
    position: int
    name: Json
    media_type: str
    size: int
    content: Json
    stored_at: datetime
    stored_by: str
    detected: str | None = None


FILES_TABLE: Table[Any] = Table("files", FileRow, ("file_id",))

_FIND = query("select {f} from views.files f where f.file_id = any(%s) and f.workspace_id = %s", f=FileRow)
_FIND_ANY = query("select {f} from views.files f where f.file_id = %s", f=FileRow)
_LIST = query(
    "select {f} from views.files f where f.workspace_id = %s and (%s::int8 is null or f.position < %s) "
    "order by f.position desc limit %s",
    f=FileRow,
)


async def find_file(views: Views, workspace_id: UUID, file_id: UUID) -> FileRow | None:
    """The file, or None when this workspace has no such file."""
    return (await find_files(views, workspace_id, [file_id])).get(file_id)


async def find_files(views: Views, workspace_id: UUID, file_ids: Sequence[UUID]) -> dict[UUID, FileRow]:
    """Those of the files that this workspace has, by id."""
    rows = await views.fetch(FileRow, _FIND, (list(file_ids), workspace_id))
    return {row.file_id: row for row in rows}


async def find_any_file(views: Views, file_id: UUID) -> FileRow | None:
    """The file, whatever workspace it is of: for who has proved otherwise that it may be seen."""
    rows = await views.fetch(FileRow, _FIND_ANY, (file_id,))
    return rows[0] if rows else None


async def list_files(views: Views, workspace_id: UUID, *, first: int = 50, after: int | None = None) -> Page[FileRow]:
    """Files of a workspace, the newest first; `after` is the `position` of the last row of the page before."""
    rows = await views.fetch(FileRow, _LIST, (workspace_id, after, after, rows_to_read(first)))
    return page_of(rows, first)


def _stored(rows: Rows, event: Happened) -> None:
    said = event.event
    row = FileRow(
        file_id=event.stream,
        workspace_id=event.workspace,
        position=event.position,
        name=said["name"],
        media_type=said["media_type"],
        size=said["size"],
        content=said["content"],
        stored_at=event.at,
        stored_by=event.actor,
        detected=said.get("detected"),
    )
    rows.put(FILES_TABLE, row)


FILES = ReadModel(name="files", version=1, tables=(FILES_TABLE,), appliers={"file.stored.v1": _stored})
