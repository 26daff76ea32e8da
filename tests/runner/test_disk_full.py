"""A database without room: commands are refused with a sentence, nothing is half-written, and it goes on by itself when there is room."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.jobs.events import JobStarted, TaskFailed, TaskRunnerLost, TaskSucceeded
from event_store.embedded import EmbeddedPostgres
from event_store.migrations import migrate
from event_store.units import StoreUnavailable
from event_store.verify import verify_log
from runner.actions.contract import Outcome, TaskRun, Tools
from runner.compose import open_system
from runner.settings import Settings
from tests.conftest import MIGRATIONS, SERVER_SETTINGS
from tests.runner.scripted import Scripted, echo, runner_here
from tests.runner.stage import Stage, chain, until
from tests.small_disk import small_disk

pytestmark = pytest.mark.anyio

DISK_MEGABYTES = 300
LEFT_BYTES = 2_000_000
STARTED_MAX = 500
LARGE = secrets.token_hex(15_000)  # which the database cannot compress much


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of a whole database server."""

    folder: Path

    def fill(self) -> None:
        """Somebody else takes nearly all that is left."""
        left = shutil.disk_usage(self.folder).free - LEFT_BYTES
        with (self.folder / "filler").open("wb") as filler:
            os.posix_fallocate(filler.fileno(), 0, left)

    def empty(self) -> None:
        """Somebody makes room."""
        (self.folder / "filler").unlink()


@pytest.fixture
def disk(short_folder: Path) -> Iterator[Disk]:
    short_folder.chmod(0o755)
    with small_disk(short_folder / "disk", DISK_MEGABYTES) as small:
        small.folder.chmod(0o711)
        yield Disk(small.folder)


@pytest.fixture
async def stage(disk: Disk, tmp_path: Path) -> AsyncIterator[Stage]:
    """A database server of its own on that disk; files lie elsewhere."""
    server = EmbeddedPostgres(disk.folder / "home", settings=SERVER_SETTINGS)
    server.start()
    try:
        migrate(server.ensure_database(), MIGRATIONS)
        settings = Settings(
            home=tmp_path,
            database_url=server.service_dsn(),
            blobs=(tmp_path / "blobs").as_uri(),
            master_key_file=tmp_path / "key",
        )
        async with open_system(settings, "api") as system:
            stage = Stage(settings, system)
            try:
                yield stage
            finally:
                await stage.close()
    finally:
        server.destroy()


async def fill(stage: Stage, graph_hash: str) -> int:
    """Starts jobs until there is no room; gives how many were acknowledged."""
    graph = chain("scripted", 2)
    for started in range(STARTED_MAX):
        try:
            await stage.start_job(graph, graph_hash, value=LARGE)
        except StoreUnavailable as refused:
            assert "the database to write, but it refused" in str(refused)  # noqa: PT017 - the sentence is the point
            return started
    pytest.fail("the disk was never full")


async def test_while_the_disk_is_full_starts_are_refused_and_running_jobs_wait_and_then_all_goes_on_by_itself(
    stage: Stage, disk: Disk
) -> None:
    graph = chain("scripted", 2)
    graph_hash = await stage.store_graph(graph)
    let_go = asyncio.Event()

    async def wait(run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        await let_go.wait()
        return await echo(run, inputs, tools)

    async with runner_here(stage, action := Scripted(wait)):
        job_id = await stage.start_job(graph, graph_hash, value=LARGE)
        disk.fill()
        started = 1 + await fill(stage, graph_hash)
        assert await stage.count(JobStarted) == started > 1
        assert [finding async for finding in verify_log(stage.system.reader)] == []
        let_go.set()

        async def all_performed() -> bool:
            return len(action.given) >= started

        await until(all_performed)
        disk.empty()
        await until(lambda: stage.ended([job_id]))
        await stage.start_job(graph, graph_hash, value=LARGE)

        async def all_done() -> bool:
            return await stage.count(TaskSucceeded) == 2 * (started + 1)

        await until(all_done)
    assert await stage.count(JobStarted) == started + 1
    assert await stage.count(TaskFailed) == await stage.count(TaskRunnerLost) == 0
    assert [finding async for finding in verify_log(stage.system.reader)] == []
