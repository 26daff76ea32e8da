"""An event this build cannot read: its job is left alone, and everything else goes on."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from domain.jobs.events import TaskStarted
from event_store.hashing import record_hash
from event_store.mapper import UnreadableEvent
from tests.conftest import Database
from tests.runner.scripted import Scripted, echo, hang, runner_here
from tests.runner.stage import Stage, chain, until

pytestmark = pytest.mark.anyio

UNKNOWN = "job.task_teleported.v1"


async def poison(stage: Stage, database: Database, job_id: UUID) -> None:
    """Appends to a job what only a newer build can read, marked for the job's runner."""
    last = (await stage.system.reader.read_stream(job_id))[-1]
    digest = record_hash(job_id, last.version + 1, UNKNOWN, last.state)
    async with await psycopg.AsyncConnection.connect(database.owner_dsn) as connection:
        await connection.execute(
            "select append(array[%s], array[%s]::bigint[], array[%s], array[%s], array[%s], array[%s], array[true],"
            " '{}'::uuid[], '{}'::bigint[], '{}'::bytea[], '{}'::uuid[], '{}'::text[], '{}'::text[], '{}'::text[],"
            " '{}'::uuid[], '{}'::bigint[], '{}'::bigint[])",
            (job_id, last.version + 1, UNKNOWN, last.state, digest, last.workspace),
        )


@pytest.mark.parametrize("before_the_runner", [False, True])
async def test_a_job_that_cannot_be_read_is_left_alone_and_all_others_go_on(
    stage: Stage, database: Database, caplog: pytest.LogCaptureFixture, *, before_the_runner: bool
) -> None:
    graph = chain("scripted", 2)
    graph_hash = await stage.store_graph(graph)
    poisoned = await stage.start_job(graph, graph_hash, value="poisoned")
    if before_the_runner:
        await poison(stage, database, poisoned)
    async with runner_here(stage, Scripted(echo if before_the_runner else hang)):
        if not before_the_runner:
            await until(lambda: stage.has_event(poisoned, TaskStarted))
            await poison(stage, database, poisoned)

        async def told() -> bool:
            return f"job {poisoned} is left alone" in caplog.text

        await until(told)
    version = await stage.system.reader.last_version(poisoned)
    async with runner_here(stage, Scripted(echo)):
        jobs = [await stage.start_job(graph, graph_hash, value=f"{number}") for number in range(5)]
        await until(lambda: stage.ended(jobs))
    assert await stage.system.reader.last_version(poisoned) == version
    with pytest.raises(UnreadableEvent, match=UNKNOWN):
        await stage.events(poisoned)
