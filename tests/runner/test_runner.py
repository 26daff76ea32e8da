"""The runner as a real process on a real database."""

from __future__ import annotations

import pytest

from domain.jobs.events import JobCompleted, JobStarted, TaskStarted, TaskSucceeded
from tests.runner.stage import Stage, chain, until

pytestmark = pytest.mark.anyio


async def test_a_chain_is_performed_to_its_end(stage: Stage) -> None:
    await stage.start_part("runner")
    graph = chain("noop", 3)
    job_id = await stage.start_job(graph, await stage.store_graph(graph), value="hello")
    await until(lambda: stage.ended([job_id]))
    events = await stage.events(job_id)
    assert [type(event) for event in events] == [
        JobStarted,
        TaskStarted,
        *[TaskSucceeded, TaskStarted] * 2,
        TaskSucceeded,
        JobCompleted,
    ]
