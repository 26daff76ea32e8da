"""The values a runner keeps: read when they are asked for, followed as they are committed, forgotten within a bound."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.graph import Graph
from domain.jobs.commands import CorrectTask, RecordTaskSucceeded
from domain.jobs.events import TaskCorrected, TaskStarted, TaskSucceeded
from domain.jobs.facts import facts
from domain.jobs.run import Facts, Run
from domain.jobs.state import Job
from event_store.reader import Reader
from event_store.units import Record
from runner import values as values_module
from runner.values import ValuesOfJobs
from tests.domain.jobs.graphs import graph, task
from tests.runner.stage import Stage

pytestmark = pytest.mark.anyio

JUDGED = graph(
    task("a", "x"),
    task("b", "x"),
    task("c", "xs*"),
    edges=("@x -> a.x", "@x -> b.x", "a.out -> c.xs", "b.out -> c.xs"),
    inputs=("x",),
)
A, B, C = (Run(task=name) for name in "abc")


class Counting(Reader):
    """A reader that counts the records it reads."""

    records = 0

    async def read_versions(self, stream: UUID, versions: Any) -> list[Record]:
        found = await super().read_versions(stream, versions)
        self.records += len(found)
        return found


class House:
    """A job whose tasks the test ends, and what a runner keeps of its values."""

    def __init__(self, stage: Stage, reader: Counting, job_id: UUID, graph: Graph) -> None:
        self.stage = stage
        self.reader = reader
        self.job_id = job_id
        self.graph = graph
        system = stage.system
        self.values = ValuesOfJobs(
            reader=reader,
            mapper=system.mapper,
            graph_of=system.graph,
            open_value=system.open_value,
            ends_of=self.ends_of,
            items_of=self.items_of,
        )

    async def ends_of(self, workspace: UUID, job_id: UUID) -> Mapping[Run, int]:
        job: Job
        job, _ = await self.stage.system.dispatch.load("job", job_id, workspace)
        return job.where

    async def items_of(self, workspace: UUID, job_id: UUID, task: str) -> Iterable[tuple[int, int]]:
        job: Job
        job, _ = await self.stage.system.dispatch.load("job", job_id, workspace)
        return job.collected(task)

    async def succeed(self, run: Run, out: str) -> None:
        """A run ends well."""
        outputs = {"out": out}
        await self.send(
            RecordTaskSucceeded(
                at=datetime.now(UTC), job_id=self.job_id, run=run, outputs=outputs, facts=facts(self.graph, run.task, outputs)
            )
        )  # fmt: skip

    async def correct(self, run: Run, out: str) -> None:
        """An operator gives the output of a run that nothing has used."""
        outputs = {"out": out}
        told = facts(self.graph, run.task, outputs)
        await self.send(
            CorrectTask(
                at=datetime.now(UTC), job_id=self.job_id, run=run, outputs=outputs, facts=told, reason="It was wrong."
            )
        )

    async def send(self, command: Any) -> None:
        """Sends a command as a person does."""
        await self.stage.system.dispatch.send(command, self.stage.origin)

    async def given(self, name: str) -> dict[str, Any]:
        """What the run of a task is given."""
        values = await self.values.of(self.job_id)
        events = await self.stage.events(self.job_id)
        started = next(each for each in events if isinstance(each, TaskStarted) and each.run.task == name)
        return await self.values.resolve(values, values.tasks[name].inputs, started.bindings)

    async def offer(self) -> None:
        """The runner reads the whole job."""
        records = await self.stage.system.reader.read_stream(self.job_id)
        self.values.offer(self.job_id, records, await self.stage.events(self.job_id))

    async def follow(self, first_version: int) -> None:
        """The runner is told of what was committed."""
        self.values.follow(self.job_id, first_version, (await self.stage.events(self.job_id))[first_version - 1 :])


@pytest.fixture
async def house(stage: Stage) -> Any:
    reader = Counting(stage.system.dsn)
    await reader.start()
    job_id = await stage.start_job(JUDGED, await stage.store_graph(JUDGED), x="given")
    yield House(stage, reader, job_id, JUDGED)
    await reader.stop()


async def test_of_a_job_that_is_not_known_only_what_a_run_is_bound_to_is_read(house: House) -> None:
    assert await house.given("a") == {"x": "given"}
    assert house.reader.records == 1
    await house.succeed(A, "of a")
    await house.succeed(B, "of b")
    assert await house.given("c") == {"xs": ["of a", "of b"]}
    assert house.reader.records == 3
    assert await house.given("c") == {"xs": ["of a", "of b"]}
    assert house.reader.records == 3


async def test_of_a_job_that_was_read_or_is_followed_nothing_is_read_again(house: House) -> None:
    await house.succeed(A, "of a")
    await house.offer()
    await house.succeed(B, "of b")
    await house.follow(5)
    assert await house.given("c") == {"xs": ["of a", "of b"]}
    assert house.reader.records == 0


async def test_a_correction_that_was_followed_takes_the_place_of_what_was_kept(house: House) -> None:
    await house.succeed(A, "wrong")
    await house.offer()
    await house.correct(A, "right")
    await house.follow(5)
    await house.succeed(B, "of b")
    await house.follow(6)
    assert await house.given("c") == {"xs": ["right", "of b"]}
    assert house.reader.records == 0


async def test_what_was_kept_is_forgotten_when_something_in_between_was_not_followed(house: House) -> None:
    await house.succeed(A, "wrong")
    await house.offer()
    await house.correct(A, "right")
    await house.succeed(B, "of b")
    await house.follow(6)
    assert await house.given("c") == {"xs": ["right", "of b"]}
    assert house.reader.records == 3


async def test_what_is_told_late_does_not_take_the_place_of_what_came_after_it(house: House) -> None:
    await house.succeed(A, "wrong")
    await house.correct(A, "right")
    await house.succeed(B, "of b")
    await house.offer()
    house.values.follow(house.job_id, 4, [TaskSucceeded(run=A, outputs={"out": "wrong"}, facts=Facts())])
    assert await house.given("c") == {"xs": ["right", "of b"]}


async def test_what_was_kept_first_is_forgotten_first_and_read_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(values_module, "VALUES_KEPT_BYTES_MAX", 12_000)
    await house.succeed(A, "a" * 5_000)
    await house.succeed(B, "b" * 5_000)
    await house.offer()
    assert await house.given("c") == {"xs": ["a" * 5_000, "b" * 5_000]}
    assert house.reader.records == 0
    large = TaskCorrected(run=B, outputs={"out": "b" * 9_000}, facts=Facts(), reason="larger")
    house.values.follow(house.job_id, 7, [large])
    assert (await house.given("c"))["xs"][0] == "a" * 5_000
    assert house.reader.records == 1


async def test_nothing_is_kept_of_jobs_whose_shards_were_elsewhere(house: House) -> None:
    await house.offer()
    house.values.forget_shards(range(64))
    assert await house.given("a") == {"x": "given"}
    assert house.reader.records == 1
