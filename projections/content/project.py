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
    keys: dict[tuple[int, str], None] = {}
    for event in events:
        keys |= {(event.workspace.int, found.hash): None for found in references_of(event)}
    await loading.rows(BLOB_REFERENCES_TABLE, list(keys))
    new = {key[0] for key in keys if rows.get(BLOB_REFERENCES_TABLE, key) is None}
    new |= {event.workspace.int for event in events if event.topic == _FILE_STORED}
    await loading.rows(CONTENT_TOTALS_TABLE, list(new))


def _refer(rows: Rows, event: Happened) -> None:
    for found in references_of(event):
        _add(rows, event, found)
    if event.topic == _FILE_STORED:
        totals = _totals(rows, event.workspace)
        totals.files += 1
        rows.put(CONTENT_TOTALS_TABLE, totals)


def _add(rows: Rows, event: Happened, found: Reference) -> None:
    known: BlobReferenceRow | None = rows.get(BLOB_REFERENCES_TABLE, (event.workspace.int, found.hash))
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
    known: ContentTotalsRow | None = rows.get(CONTENT_TOTALS_TABLE, workspace.int)
    return known or ContentTotalsRow(workspace)


CONTENT = ReadModel(
    name="content",
    version=2,
    tables=(BLOB_REFERENCES_TABLE, CONTENT_TOTALS_TABLE),
    appliers=dict.fromkeys(EVENTS, _refer),
    concerns=_concerns,
    prepare=_prepare,
)
