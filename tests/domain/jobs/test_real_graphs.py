"""Graphs of the shapes and sizes that real work has: all tasks run, none before those it needs, at a cost that stays small."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from random import Random
from time import process_time

import pytest

from domain.events import Event
from domain.graph import Graph, GraphEdge, GraphInput, GraphOutput, GraphTask
from domain.jobs import commands as ask
from domain.jobs.alive import assert_alive
from domain.jobs.decide import decide
from domain.jobs.events import JobCompleted, TaskStarted
from domain.jobs.run import Facts, Run
from domain.jobs.state import Job
from tests.domain.jobs.graphs import TEXT
from tests.domain.jobs.play import AT, JOB, WORKFLOW

DAGS = os.environ.get("OPUS_TEST_DAGS")  # a folder of task graphs in WfFormat
WIDE = 10_000
WIDE_SECONDS_MAX = 5.0  # Some tenths on a free machine; what grows with the square of the width takes minutes.

Parents = Mapping[str, list[str]]


def layered(random: Random) -> Parents:
    """Layers of many tasks, each after some of the layer before: as mosaics of pictures are made."""
    parents: dict[str, list[str]] = {}
    before: list[str] = []
    for layer, width in enumerate((40, 120, 1, 1, 40, 1, 1, 1)):
        names = [f"l{layer}_{number}" for number in range(width)]
        for name in names:
            parents[name] = random.sample(before, min(len(before), random.randint(1, 3)) if width > 1 else len(before))
        before = names
    return parents


def chain() -> Parents:
    """One after the other."""
    return {f"c{number}": [f"c{number - 1}"] if number else [] for number in range(300)}


def fan(width: int) -> Parents:
    """Many at once, and one that gathers them."""
    names = [f"f{number}" for number in range(width)]
    return {**{name: [] for name in names}, "join": names}


def recorded() -> dict[str, Parents]:
    """The task graphs of real runs, where there are some."""
    found: dict[str, Parents] = {}
    for path in sorted(Path(DAGS).glob("*.json")) if DAGS else ():
        tasks = json.loads(path.read_text())["workflow"]["specification"]["tasks"]
        number = {task["id"]: f"t{place}" for place, task in enumerate(tasks)}
        found[path.stem] = {number[task["id"]]: [number[parent] for parent in task["parents"]] for task in tasks}
    return found


SHAPES = {"chain": chain(), "fan": fan(100), "layers": layered(Random(1)), **recorded()}


def compiled(parents: Parents) -> Graph:
    """A graph whose tasks gather the outputs of their parents."""
    children = {parent for each in parents.values() for parent in each}
    last = [name for name in parents if name not in children]
    return Graph(
        inputs=(GraphOutput(name="x", type=TEXT),),
        outputs=(GraphInput(name="ys", type=TEXT, gather=True),),
        tasks=tuple(
            GraphTask(
                name=name,
                kind="noop",
                inputs=(GraphInput(name="xs", type=TEXT, gather=True),),
                outputs=(GraphOutput(name="y", type=TEXT),),
            )
            for name in parents
        ),
        edges=(
            *(
                GraphEdge(source=parent, path=("y",), target=name, input="xs")
                for name, each in parents.items()
                for parent in each
            ),
            *(GraphEdge(source=None, path=("x",), target=name, input="xs") for name in parents if not parents[name]),
            *(GraphEdge(source=name, path=("y",), target=None, input="ys") for name in last),
        ),
    )


def start(job: Job) -> list[Event]:
    """Starts the job."""
    command = ask.StartJob(
        at=AT, job_id=JOB, workflow_id=WORKFLOW, workflow_version=1, graph="h", inputs={"x": 1}, facts=Facts()
    )
    return decide(command, job)


def succeed(job: Job, run: Run) -> list[Event]:
    """Reports a run as done."""
    return decide(ask.RecordTaskSucceeded(at=AT, job_id=JOB, run=run, outputs={"y": 1}, facts=Facts()), job)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_task_runs_after_those_it_needs(shape: str) -> None:
    parents, random = SHAPES[shape], Random(shape)
    job = Job(compiled(parents))
    log, done = start(job), set[str]()
    running = job.running()
    while running:
        run = running.pop(random.randrange(len(running)))
        done.add(run.task)
        written = succeed(job, run)
        for event in written:
            if isinstance(event, TaskStarted):
                assert done.issuperset(parents[event.run.task])
                running.append(event.run)
        log += written
        assert_alive(job)
    assert done == set(parents)
    assert isinstance(log[-1], JobCompleted)
    assert len(log) == 2 + 2 * len(parents) == job.version


def test_a_job_of_many_parallel_tasks_costs_in_proportion() -> None:
    job = Job(compiled(fan(WIDE)))
    began = process_time()
    assert len(start(job)) == 1 + WIDE
    for run in job.running():
        succeed(job, run)
    assert len(succeed(job, Run(task="join"))) == 2
    assert process_time() - began < WIDE_SECONDS_MAX
