"""What events refer to in the blob store, and how much that is of each workspace."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from domain.values import escape
from projections.content.references import Reference, may_refer, references_of
from projections.content.rows import BlobReferenceRow, ContentTotalsRow
from projections.happened import Happened
from projections.views import Views
from tests.conftest import Database
from tests.projections.stories import FILE
from tests.projections.written import WORKSPACE, new_id, project_all, reading, started, writing

pytestmark = pytest.mark.anyio

HASHES = ["a" * 64, "b" * 64]


def blob(content_hash: str, media_type: str = "application/json", size: int = 7) -> dict[str, Any]:
    """A wrapper."""
    return {"$blob": {"v": 1, "hash": content_hash, "size": size, "type": media_type}}


def happened(topic: str, event: dict[str, Any]) -> Happened:
    """An event as it is projected."""
    return Happened(1, uuid4(), 1, topic, WORKSPACE, b'{"actor":"x"}\n' + orjson.dumps(event), event)


def found(topic: str, **event: Any) -> list[Reference]:
    """What an event refers to."""
    return list(references_of(happened(topic, event)))


def test_content_is_found_wherever_it_stands() -> None:
    outputs = {"a": {"deep": [1, {"x": blob(HASHES[0], "application/pdf")}]}, "b": blob(HASHES[1])}
    assert found("job.task_succeeded.v1", run={"task": "t"}, outputs=outputs) == [
        Reference(HASHES[0], 7, large=False),
        Reference(HASHES[1], 7, large=True),
    ]


@pytest.mark.parametrize(
    ("topic", "field"),
    [
        ("job.started.v1", "graph"),
        ("workflow.activated.v1", "graph"),
        ("template.published.v1", "design"),
        ("template.revised.v1", "design"),
    ],
)
def test_content_that_is_named_by_its_hash_alone_is_found(topic: str, field: str) -> None:
    assert found(topic, **{field: HASHES[0]}) == [Reference(HASHES[0], None, large=True)]


def test_a_users_own_key_is_no_reference() -> None:
    event = {"outputs": {"value": escape({"$blob": {"hash": HASHES[0]}})}}
    assert not may_refer(happened("job.task_succeeded.v1", event))
    assert found("job.task_succeeded.v1", **event) == []


def test_outputs_that_look_like_a_file_may_hold_files() -> None:
    outputs = {"name": "x", "content": blob(HASHES[0])}
    assert found("job.task_succeeded.v1", outputs=outputs) == [Reference(HASHES[0], 7, large=True)]


def test_the_content_of_a_stored_file_is_not_read_for_more() -> None:
    event = {"name": "a.json", "content": blob(HASHES[0])}
    assert found("file.stored.v1", **event) == [Reference(HASHES[0], 7, large=False)]


async def rows(views: Views, text: bytes, kind: type[Any]) -> list[Any]:
    """The rows of a table."""
    return await views.fetch(kind, text)


async def test_what_is_referred_to_twice_counts_once(database: Database) -> None:
    other = FILE.model_copy(update={"size": 5, "content": blob(HASHES[0], "text/plain", 5)})
    async with writing(database) as log, reading(database) as views:
        for file in (FILE, FILE, other):
            await log.write(new_id(), file)
        job: UUID = new_id()
        await log.write(job, started())
        await log.write(new_id(), started())
        await project_all(database, batch_events=2)
        totals = await rows(
            views, b"select workspace_id, files, contents, bytes from views.content_totals", ContentTotalsRow
        )
        assert totals == [ContentTotalsRow(WORKSPACE, files=3, contents=3, bytes=FILE.size + 5)]
        references = await rows(
            views,
            b"select workspace_id, hash, position, size, large from views.blob_references order by position",
            BlobReferenceRow,
        )
        assert [(row.size, row.large) for row in references] == [(3, False), (5, False), (None, True)]
