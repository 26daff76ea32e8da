"""W6: task graphs recorded from real runs of others, in the form WfFormat, with tasks that do nothing; checked against the log."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from uuid import UUID

import orjson
import psycopg

from benchmarks import designs, jobs
from benchmarks.figures import Figure, spent_figures
from benchmarks.jobs import Started
from benchmarks.processes import watched
from benchmarks.stage import Stage
from event_store.envelope import event_json

JOBS_OF_EACH = 20
FOLDER_VARIABLE = "OPUS_BENCH_GRAPHS"
FOLDER_DEFAULT = Path(__file__).parents[3] / "shared" / "data" / "dags"

Parents = Mapping[str, Sequence[str]]
"""The tasks of a graph, each with those it depends on."""

_STEPS = """
select topic, state from stored_events
where originator_id = %s and topic in ('job.task_started.v1', 'job.task_succeeded.v1') order by originator_version
"""


class NoGraphs(RuntimeError):
    """There are no graphs to run."""


async def real_graphs(stage: Stage) -> list[Figure]:
    """W6: so many jobs of each graph at once."""
    graphs = read_graphs(graphs_folder())
    workflows = {
        name: await designs.graph(stage.client, f"graph_{number}", parents)
        for number, (name, parents) in enumerate(graphs.items(), 1)
    }
    with watched(stage.roots) as spent:
        began = time.perf_counter()
        started = await asyncio.gather(*(jobs.start(stage.client, one, JOBS_OF_EACH) for one in workflows.values()))
        for some in started:
            await some.until_completed(stage.client)
        seconds = time.perf_counter() - began
    tasks = sum(workflow.tasks for workflow in workflows.values()) * JOBS_OF_EACH
    violations = sum(_violations(stage.dsn, some, graphs[name]) for name, some in zip(graphs, started, strict=True))
    return [
        Figure("W6", "rate", "tasks/s", tasks / seconds),
        Figure("W6", "order violations", "tasks", violations),
        *spent_figures("W6", spent, tasks, "tasks"),
    ]


def graphs_folder() -> Path:
    """Where the graphs lie: what the environment says, or beside the repository."""
    folder = Path(os.environ.get(FOLDER_VARIABLE) or FOLDER_DEFAULT)
    if not any(folder.glob("*.json")):
        raise NoGraphs(
            f"Expected graphs in WfFormat in the folder that {FOLDER_VARIABLE} names, or in ../shared/data/dags beside the repository, "
            "but there are none."
        )
    return folder


def read_graphs(folder: Path) -> dict[str, Parents]:
    """The graphs of a folder by the names of their files; tasks get names that a workflow can hold."""
    return {path.stem: _graph(path) for path in sorted(folder.glob("*.json"))}


def _graph(path: Path) -> Parents:
    tasks = orjson.loads(path.read_bytes())["workflow"]["specification"]["tasks"]
    names = {task["id"]: f"task_{number}" for number, task in enumerate(tasks, 1)}
    return {names[task["id"]]: [names[parent] for parent in task["parents"]] for task in tasks}


def order_violations(steps: Iterable[tuple[str, str]], parents: Parents) -> list[str]:
    """Tasks of one job that started before all they depend on had succeeded, or never succeeded; steps are (topic, task)."""
    succeeded: set[str] = set()
    early: list[str] = []
    for topic, task in steps:
        if topic == "job.task_succeeded.v1":
            succeeded.add(task)
        elif not succeeded.issuperset(parents[task]):
            early.append(task)
    return early + sorted(parents.keys() - succeeded)


def _violations(dsn: str, started: Started, parents: Parents) -> int:
    with psycopg.connect(dsn) as connection:
        return sum(len(order_violations(_steps(connection, UUID(job)), parents)) for job in started.ids)


def _steps(connection: psycopg.Connection, job: UUID) -> list[tuple[str, str]]:
    found = connection.execute(_STEPS, (job,)).fetchall()
    return [(topic, orjson.loads(event_json(state))["run"]["task"]) for topic, state in found]
