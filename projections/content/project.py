"""How events change the rows of the read model `content`: it follows every event there is, since any may hold a value."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.catalogue import EVENTS
from projections.content.references import Reference, may_refer, references_of
from projections.content.rows import BLOB_REFERENCES_TABLE, CONTENT_TOTALS_TABLE, BlobReferenceRow, ContentTotalsRow
from projections.happened import Happened
from projections.model import Loading, ReadModel
from projections.rows import Rows

_FILE_STORED = "file.stored.v1"


def _concerns(event: Happened) -> bool:
    return may_refer(event) or event.topic == _FILE_STORED


async def _prepare(rows: Rows, events: Sequence[Happened], loading: Loading) -> None:
    keys: dict[tuple[UUID, str], None] = {}
    for event in events:
        keys |= {(event.workspace, found.hash): None for found in references_of(event)}
    await loading.rows(BLOB_REFERENCES_TABLE, list(keys))
    new = {workspace for workspace, content_hash in keys if not _knows(rows, workspace, content_hash)}
    new |= {event.workspace for event in events if event.topic == _FILE_STORED}
    await loading.rows(CONTENT_TOTALS_TABLE, list(new))


def _refer(rows: Rows, event: Happened) -> None:
    for found in references_of(event):
        _add(rows, event, found)
    if event.topic == _FILE_STORED:
        totals = _totals(rows, event.workspace)
        totals.files += 1
        rows.put(CONTENT_TOTALS_TABLE, totals)


def _add(rows: Rows, event: Happened, found: Reference) -> None:
    known: BlobReferenceRow | None = rows.get(BLOB_REFERENCES_TABLE, (event.workspace, found.hash))
    if known is None:
        row = BlobReferenceRow(event.workspace, found.hash, event.position, found.size, found.large)
        rows.put(BLOB_REFERENCES_TABLE, row)
        totals = _totals(rows, event.workspace)
        totals.contents += 1
        totals.bytes += found.size or 0
        rows.put(CONTENT_TOTALS_TABLE, totals)
    elif found.large and not known.large:
        known.large = True  # What was stored as a file is a value elsewhere.
        rows.put(BLOB_REFERENCES_TABLE, known)


def _totals(rows: Rows, workspace: UUID) -> ContentTotalsRow:
    known: ContentTotalsRow | None = rows.get(CONTENT_TOTALS_TABLE, workspace)
    return known or ContentTotalsRow(workspace)


def _knows(rows: Rows, workspace: UUID, content_hash: str) -> bool:
    return rows.get(BLOB_REFERENCES_TABLE, (workspace, content_hash)) is not None


CONTENT = ReadModel(
    name="content",
    version=2,
    tables=(BLOB_REFERENCES_TABLE, CONTENT_TOTALS_TABLE),
    appliers=dict.fromkeys(EVENTS, _refer),
    concerns=_concerns,
    prepare=_prepare,
)
