"""What the tests of the runner share: processes to start and kill, graphs to run, and conditions to wait for."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from domain.events import Event
from domain.graph import Graph, GraphEdge, GraphInput, GraphOutput, GraphTask
from domain.ids import RANDOM_BYTES, uuid7
from domain.jobs.commands import StartJob
from domain.jobs.events import JobCompleted, Priority, TaskFailed, TaskSucceeded
from domain.jobs.facts import facts
from domain.types import TextType
from domain.workflows.compile import graph_bytes
from event_store.envelope import read_envelope
from event_store.units import Origin
from event_store.verify import verify_log
from runner.compose import ApiSystem
from runner.settings import Settings

ROOT = Path(__file__).parents[2]
TEXT = TextType()
ACTOR = "member:00000000-0000-0000-0000-000000000001"


def chain(kind: str, length: int, **config: Any) -> Graph:
    """Tasks in a row, each given what the last one gave."""
    tasks = tuple(
        GraphTask(
            name=f"task{number}",
            kind=kind,
            config=config,
            inputs=(GraphInput(name="value", type=TEXT),),
            outputs=(GraphOutput(name="value", type=TEXT),),
        )
        for number in range(1, length + 1)
    )
    names: list[str | None] = [None, *(task.name for task in tasks), None]
    edges = tuple(
        GraphEdge(source=source, path=("value",), target=target, input="value") for source, target in pairwise(names)
    )
    return Graph(
        inputs=(GraphOutput(name="value", type=TEXT),),
        outputs=(GraphInput(name="value", type=TEXT),),
        tasks=tasks,
        edges=edges,
    )


@dataclass(slots=True)
class Stage:
    """A database, a workspace, and the API's door to both."""

    settings: Settings
    system: ApiSystem
    workspace: UUID = field(default_factory=uuid4)
    parts: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start_part(self, role: str, name: str = "one") -> asyncio.subprocess.Process:
        """A process of this role, ready."""
        values = {
            "OPUS_DATABASE_URL": self.settings.database_url or "",
            "OPUS_BLOBS": str(self.settings.blobs),
            "OPUS_MASTER_KEY_FILE": str(self.settings.master_key_file),
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.runner.part",
            role,
            name,
            cwd=ROOT,
            env={**os.environ, **values},
            stdout=asyncio.subprocess.PIPE,
        )
        self.parts.append(process)
        if process.stdout is None:
            raise RuntimeError("Expected a process with an output, but it has none.")
        async with asyncio.timeout(30):
            assert (await process.stdout.readline()).strip() == b"ready"
        return process

    async def close(self) -> None:
        """Ends the processes that are left."""
        for process in self.parts:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.send_signal(signal.SIGCONT)
                    process.kill()
            await process.wait()

    async def store_graph(self, graph: Graph) -> str:
        """The content hash under which the graph is kept."""
        content = graph_bytes(graph)
        return (await self.system.blobs.put(self.workspace, content, "application/json")).hash

    async def start_job(self, graph: Graph, content_hash: str, *, priority: Priority = "normal", **inputs: Any) -> UUID:
        """Starts a job as the API does."""
        now = datetime.now(UTC)
        job_id = uuid7(now, os.urandom(RANDOM_BYTES))
        command = StartJob(
            at=now,
            job_id=job_id,
            workflow_id=uuid4(),
            workflow_version=1,
            graph=content_hash,
            priority=priority,
            inputs=inputs,
            facts=facts(graph, None, inputs),
            on_behalf_of=ACTOR,
        )
        await self.system.dispatch.send(command, self.origin)
        return job_id

    @property
    def origin(self) -> Origin:
        """Who asks."""
        return Origin(actor=ACTOR, workspace=self.workspace)

    async def events(self, job_id: UUID) -> list[Event]:
        """What happened to a job."""
        return [self.system.mapper.event(record) for record in await self.system.reader.read_stream(job_id)]

    async def ended(self, job_ids: Sequence[UUID]) -> bool:
        """Whether all jobs have completed."""
        heads = await self.system.reader.rows(
            "select count(*) from stored_events where originator_id = any(%b::uuid[]) and topic = %b",
            (list(job_ids), JobCompleted.wire),
        )
        return bool(heads[0][0] == len(job_ids))

    async def has_event(self, job_id: UUID, kind: type[Event], count: int = 1) -> bool:
        """Whether so many events of a kind have happened to a job."""
        return sum(isinstance(event, kind) for event in await self.events(job_id)) >= count

    async def count(self, kind: type[Event]) -> int:
        """How many events of a kind the log holds."""
        rows = await self.system.reader.rows("select count(*) from stored_events where topic = %b", (kind.wire,))
        return int(rows[0][0])

    async def actors(self, job_id: UUID, kind: type[Event]) -> list[str]:
        """Who wrote the events of a kind."""
        records = await self.system.reader.read_stream(job_id)
        return [read_envelope(record.state).actor for record in records if record.topic == kind.wire]

    async def assert_sound(self, job_ids: Sequence[UUID]) -> None:
        """Every job has completed, no run has two outcomes, and the log is as it was written."""
        for job_id in job_ids:
            events = await self.events(job_id)
            assert isinstance(events[-1], JobCompleted)
            runs = [event.run.text for event in events if isinstance(event, TaskSucceeded | TaskFailed)]
            assert len(runs) == len(set(runs))
        assert [finding async for finding in verify_log(self.system.reader)] == []

    async def shares(self) -> dict[str, int]:
        """Runner → how many shards it holds."""
        rows = await self.system.reader.rows(
            "select l.name, count(*) from shard_holders h join live_runners l using (session)"
            " where h.held_to is null and exists (select from pg_locks where pid = l.process_id and locktype = 'advisory')"
            " group by l.name",
            (),
        )
        return dict(rows)


async def until(condition: Callable[[], Awaitable[bool]], seconds_max: float = 20.0) -> float:
    """Waits for a condition; gives the seconds it took, and fails when it does not come."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    while not await condition():
        assert loop.time() - began < seconds_max, "what was waited for did not come"
        await asyncio.sleep(0.02)
    return loop.time() - began
