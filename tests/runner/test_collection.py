"""Collecting on a real database with its read models: what of stored content is known to be referred to, and when that cannot be known."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.graph import GraphInput, GraphOutput
from domain.jobs.events import TaskFailed, TaskSucceeded
from domain.types import FilesType, FileType
from domain.values import BLOB, decode
from domain.workspaces.commands import OpenWorkspace
from event_store.locks import COLLECT_LOCK
from event_store.session import Session
from graphql_api.uploads.contract import Part, Upload
from runner.actions.contract import Failed, Outcome, Succeeded, TaskRun, Tools
from runner.collecting import Collected, Collector
from runner.collection import collect
from runner.compose import open_system, projector
from runner.references import CollectionRefused, References
from runner.uploads import Uploads
from tests.runner.scripted import Scripted, hang, one, runner_here
from tests.runner.stage import Stage, until

pytestmark = pytest.mark.anyio

LATER = timedelta(hours=25)


@pytest.fixture
async def projected(stage: Stage) -> AsyncIterator[Stage]:
    """A workspace that is known, and read models that are kept up."""
    async with open_system(stage.settings, "projector") as parts:
        now = datetime.now(UTC)
        opened = OpenWorkspace(at=now, workspace_id=stage.workspace, organization_id=uuid4(), name="Lab")
        await stage.system.dispatch.send(opened, stage.origin)
        projecting = projector(parts)
        task = asyncio.create_task(projecting.run())
        await projecting.leading()
        yield stage
        projecting.stop()
        await task


async def sweep(stage: Stage, later: timedelta = LATER) -> Collected:
    """Collects as if so much later."""
    system = stage.system
    references = References(reader=system.reader, views=system.views, waiting=system.waiting, blobs=system.blobs)
    collector = Collector(
        blobs=system.blobs,
        references=references,
        uploads=Uploads(system.reader),
        clock=lambda: datetime.now(UTC) + later,
    )
    return await collector.collect(system.log)


async def ended(stage: Stage, action: Scripted, kind: type[TaskSucceeded | TaskFailed], **task: Any) -> Any:
    """How the only task of a job ended."""
    graph = one(**task)
    async with runner_here(stage, action):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await until(lambda: stage.has_event(job_id, kind))
    return next(event for event in await stage.events(job_id) if isinstance(event, kind))


def hashes_of(files: list[Any]) -> list[str]:
    """The hashes of the contents of files."""
    return [file["content"][BLOB]["hash"] for file in files]


async def test_files_that_only_a_large_value_names_are_kept(projected: Stage) -> None:
    stage = projected

    async def store_many(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        await tools.files.store("lost.txt", "text/plain", b"nobody names it")
        names = [f"{number:03} {'x' * 240}.txt" for number in range(160)]
        return Succeeded({"value": [await tools.files.store(name, "text/plain", name.encode()) for name in names]})

    outputs = (GraphOutput(name="value", type=FilesType()),)
    done = await ended(stage, Scripted(store_many), TaskSucceeded, outputs=outputs)
    large = done.outputs["value"][BLOB]["hash"]
    first = await sweep(stage)
    assert (first.set_aside, first.set_aside_bytes, first.left_alone) == (1, len(b"nobody names it"), [])
    second = await sweep(stage, 2 * LATER)
    assert (second.set_aside, second.removed) == (0, 1)
    files = decode(await stage.system.blobs.read(stage.workspace, large))
    assert len(files) == 160
    for content_hash in hashes_of(files):
        assert await stage.system.blobs.read(stage.workspace, content_hash)


async def test_what_a_failed_run_has_stored_is_removed(projected: Stage) -> None:
    async def fail(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        await tools.files.keep("half.txt", "text/plain", _pieces(b"half"))
        return Failed("HALF", "Expected more, but that was all.")

    await ended(projected, Scripted(fail), TaskFailed)
    assert (await sweep(projected)).set_aside_bytes == 4
    assert (await sweep(projected, 2 * LATER)).removed_bytes == 4


async def test_what_a_run_under_way_has_stored_is_left_alone(projected: Stage) -> None:
    stage, stored = projected, asyncio.Event()

    async def store_and_hang(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        await tools.files.store("under way.txt", "text/plain", b"under way")
        stored.set()
        return await hang(run, inputs, tools)

    graph = one()
    async with runner_here(stage, Scripted(store_and_hang)):
        await stage.start_job(graph, await stage.store_graph(graph), value="x")
        await asyncio.wait_for(stored.wait(), 20)
        for later in (LATER, 10 * LATER):
            assert await sweep(stage, later) == Collected()


async def test_a_file_that_was_given_by_hand_is_kept_and_read(projected: Stage) -> None:
    stage = projected

    async def pass_on(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        whole = b"".join([piece async for piece in tools.files.open(inputs["value"])])
        return Succeeded({"value": await tools.files.keep("again.txt", "text/plain", _pieces(whole))})

    ref = await stage.system.blobs.put(stage.workspace, b"given", "text/plain")
    file = {"name": "a.txt", "content": {BLOB: {"v": 1, "hash": ref.hash, "size": ref.size, "type": ref.type}}}
    graph = one(
        inputs=(GraphInput(name="value", type=FileType()),), outputs=(GraphOutput(name="value", type=FileType()),)
    )
    async with runner_here(stage, Scripted(pass_on)):
        job_id = await stage.start_job(graph, await stage.store_graph(graph), value=file)
        await until(lambda: stage.has_event(job_id, TaskSucceeded))
    assert await sweep(stage) == Collected()


async def test_an_upload_that_rests_too_long_is_ended_and_its_parts_removed(projected: Stage) -> None:
    stage = projected
    uploads, upload_id = Uploads(stage.system.reader), uuid4()
    now = datetime.now(UTC)
    begun = Upload(upload_id, stage.workspace, "a.txt", "text/plain", 100, 0, now, None)
    assert await uploads.begin(begun, open_max=5)
    part = await stage.system.blobs.put(upload_id, b"part", "text/plain")
    assert await uploads.add(upload_id, [Part(0, part.size, part.hash)])
    assert await sweep(stage) == Collected()
    assert await stage.system.blobs.exists(upload_id, part.hash)

    async def back(column: str) -> None:
        await stage.system.reader.rows(
            f"update uploads set {column} = {column} - interval '25 hours' where id = %b returning id".encode(),
            (upload_id,),
        )

    await back("touched_at")
    assert await sweep(stage) == Collected()  # It has only just ended.
    found = await uploads.find(stage.workspace, upload_id)
    assert found is not None
    assert found.outcome == "expired"
    assert not await uploads.add(upload_id, [Part(4, 1, part.hash)])
    await back("ended_at")
    assert await sweep(stage) == Collected(uploads=1)
    assert not await stage.system.blobs.exists(upload_id, part.hash)
    assert await uploads.find(stage.workspace, upload_id) is None


async def test_nothing_is_removed_while_a_stream_is_left_aside(projected: Stage) -> None:
    stage = projected
    await stage.system.blobs.put(stage.workspace, b"content", "text/plain")
    await _execute(
        stage,
        "insert into views.quarantine (model, stream, position, version, topic, error)"
        " values ('jobs', gen_random_uuid(), 1, 1, 'job.teleported.v1', 'unknown')",
    )
    with pytest.raises(CollectionRefused, match="may refer to anything"):
        await sweep(stage)


async def test_nothing_is_removed_before_the_references_are_known(projected: Stage) -> None:
    stage = projected
    await stage.system.blobs.put(stage.workspace, b"content", "text/plain")
    await _execute(stage, "delete from views.read_models where name = 'content'")
    with pytest.raises(CollectionRefused, match="opus rebuild content"):
        await sweep(stage)


async def test_a_large_value_that_cannot_be_read_keeps_its_workspace_from_being_collected(projected: Stage) -> None:
    stage = projected

    async def grow(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        return Succeeded({"value": "x" * 100_000})

    done = await ended(stage, Scripted(grow), TaskSucceeded)
    large = done.outputs["value"][BLOB]["hash"]
    await stage.system.blobs.put(stage.workspace, b"lost", "text/plain")
    folder = stage.settings.blobs_folder
    assert folder is not None
    place = folder / str(stage.workspace) / large[:2] / large
    content = place.read_bytes()
    place.unlink()
    found = await sweep(stage)
    assert found.set_aside == 0
    assert "is missing, and which files it held is not known" in found.left_alone[0]
    place.write_bytes(content)
    assert (await sweep(stage)).set_aside == 1


async def test_one_collects_at_a_time_and_none_during_a_backup(projected: Stage) -> None:
    system = projected.system
    async with _locked(system.dsn):
        with pytest.raises(CollectionRefused, match="another collects, or a backup"):
            await collect(system)
    assert await collect(system) == Collected()


@asynccontextmanager
async def _locked(dsn: str) -> AsyncIterator[None]:
    session = await Session.open(dsn)
    await session.execute("select pg_advisory_lock_shared(%b::bigint)", (COLLECT_LOCK,))
    try:
        yield
    finally:
        await session.close()


async def _execute(stage: Stage, statement: str) -> None:
    session = await Session.open(stage.system.dsn)
    await session.execute(statement.encode())
    await session.close()


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    for byte in content:
        yield bytes([byte])
