"""Code through a real runner: its clock is the moment its attempt started, whoever performs it, and the record repeats it exactly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from domain.graph import Graph, GraphOutput, GraphTask
from domain.jobs.events import TaskStarted, TaskSucceeded
from domain.types import DateType, NumberType
from event_store.envelope import read_envelope
from runner.actions.sandbox import CodeSandbox
from tests.runner.scripted import real_runner
from tests.runner.stage import Stage, until

pytestmark = pytest.mark.anyio

CODE = """
import random
from datetime import datetime, timezone
at = datetime.now(timezone.utc)
n = 0
while n < {rounds}:
    n += 1
chance = random.random()
print(at.isoformat(), chance)
"""
OUTPUTS = (GraphOutput(name="at", type=DateType()), GraphOutput(name="chance", type=NumberType()))


def graph_of(code: str) -> Graph:
    """A workflow of one code task."""
    declared = [each.model_dump(mode="json", include={"name", "type"}) for each in OUTPUTS]
    return Graph(
        tasks=(GraphTask(name="task", kind="code", config={"code": code, "outputs": declared}, outputs=OUTPUTS),)
    )


async def start(stage: Stage, code: str) -> UUID:
    graph = graph_of(code)
    return await stage.start_job(graph, await stage.store_graph(graph))


async def ended(stage: Stage, job_id: UUID) -> tuple[Sequence[datetime], TaskSucceeded]:
    """When its run was started, as the envelope says, and how it ended."""
    await until(lambda: stage.has_event(job_id, TaskSucceeded), 40)
    records = await stage.system.reader.read_stream(job_id)
    started = [read_envelope(record.state).time for record in records if record.topic == TaskStarted.wire]
    (succeeded,) = [event for event in await stage.events(job_id) if isinstance(event, TaskSucceeded)]
    return started, succeeded


async def repeated(code: str, recorded: dict[str, Any]) -> tuple[dict[str, Any], str]:
    """What the code gives and prints once more, by nothing but the record."""
    async with CodeSandbox(processes=1) as sandbox:
        now = datetime.fromisoformat(recorded["clock"])
        again = await sandbox.run_code(code, {}, ["at", "chance"], now=now, seed=recorded["seed"])
    return again.outputs, again.prints


async def test_a_recorded_run_can_be_repeated_exactly(stage: Stage) -> None:
    code = CODE.format(rounds=0)
    async with real_runner(stage):
        job_id = await start(stage, code)
        (began,), succeeded = await ended(stage, job_id)
    assert datetime.fromisoformat(succeeded.evidence["clock"]) == began
    assert datetime.fromisoformat(succeeded.outputs["at"]) == began
    assert await repeated(code, succeeded.evidence) == (succeeded.outputs, succeeded.evidence["prints"])


async def test_another_runner_that_performs_it_again_gives_it_the_same_clock(stage: Stage) -> None:
    code = CODE.format(rounds=1_500_000)
    async with real_runner(stage):
        job_id = await start(stage, code)
        await until(lambda: stage.has_event(job_id, TaskStarted))
    async with real_runner(stage):
        (began,), succeeded = await ended(stage, job_id)
    assert datetime.fromisoformat(succeeded.evidence["clock"]) == began
    assert await repeated(code, succeeded.evidence) == (succeeded.outputs, succeeded.evidence["prints"])
