"""What a completion costs does not grow with the job: counted in steps of the interpreter, so that no clock can say otherwise."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from types import FrameType
from typing import Any

import pytest

from domain.graph import Graph
from domain.jobs import commands as ask
from domain.jobs import index as indexes
from domain.jobs.decide import decide
from domain.jobs.run import Facts, Run
from domain.jobs.state import Job
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, JOB, WORKFLOW

SIZES = (10, 100, 1_000, 10_000)
MEASURED = 5
TIMED = 50
STEPS_RATIO_MAX = 1.3
TIME_RATIO_MAX = 4.0
"""Memory is further away in a large job; a rescan of 10,000 tasks would be a hundred times as much."""


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    """What is kept by graph goes with the test: of graphs this large it is half a gigabyte."""
    yield
    indexes._indexes.clear()


def chain(tasks: int) -> Graph:
    """Each task needs the one before it."""
    names = [f"t{number}" for number in range(tasks)]
    edges = (f"{one}.out -> {other}.x" for one, other in pairwise(names))
    return graph(task(names[0]), *(task(name, "x") for name in names[1:]), edges=tuple(edges))


def wide(tasks: int) -> Graph:
    """All tasks side by side, and one that gathers them."""
    names = [f"t{number}" for number in range(tasks - 1)]
    edges = (f"{name}.out -> join.xs" for name in names)
    return graph(*(task(name) for name in names), task("join", "xs*"), edges=tuple(edges))


def heavy(tasks: int) -> Graph:
    """Side by side, but only three at once."""
    return graph(*(task(f"t{number}", heavy=True) for number in range(tasks)))


def ordered(tasks: int) -> Graph:
    """Order alone: pairs in which the second waits for the first."""
    pairs = tasks // 2
    edges = (f"t{number}:done -> t{number + pairs}" for number in range(pairs))
    return graph(*(task(f"t{number}") for number in range(2 * pairs)), edges=tuple(edges))


SHAPES: dict[str, Callable[[int], Graph]] = {"chain": chain, "wide": wide, "heavy": heavy, "ordered": ordered}


def halfway(made: Graph) -> Job:
    """A job of the graph with half of its tasks done."""
    job = Job(made)
    decide(
        ask.StartJob(
            at=AT, job_id=JOB, workflow_id=WORKFLOW, workflow_version=1, graph="hash", inputs={}, facts=Facts()
        ),
        job,
    )
    for number in range(len(made.tasks) // 2 - MEASURED):
        complete(job, number)
    return job


def complete(job: Job, number: int) -> None:
    """The runner reports that a task succeeded."""
    run = Run(task=f"t{number}")
    assert decide(ask.RecordTaskSucceeded(at=AT, job_id=JOB, run=run, outputs={"out": "value"}, facts=Facts()), job)


@contextmanager
def steps() -> Iterator[list[int]]:
    """Counts what the interpreter does in the block, instruction by instruction."""
    counted = [0]

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        frame.f_trace_opcodes = True
        counted[0] += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield counted
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_steps_of_a_completion_are_the_same_in_a_job_of_any_size(shape: str) -> None:
    found: dict[int, int] = {}
    for size in SIZES:
        job = halfway(SHAPES[shape](size))
        first = size // 2 - MEASURED
        with steps() as counted:
            for number in range(first, first + MEASURED):
                complete(job, number)
        found[size] = counted[0] // MEASURED
    assert max(found.values()) <= STEPS_RATIO_MAX * min(found.values()), found


@pytest.mark.parametrize("shape", SHAPES)
def test_the_time_of_a_completion_is_about_the_same_in_a_job_of_any_size(shape: str) -> None:
    """Steps do not show what a single instruction does: a copy of a list, a search through a queue."""
    small, large = (min(_seconds(SHAPES[shape](size)) for _ in range(3)) for size in (100, 10_000))
    assert large <= TIME_RATIO_MAX * small, (small, large)


def _seconds(made: Graph) -> float:
    """What a completion in the middle of a job takes of this process alone, as the mean of many."""
    job, first = halfway(made), len(made.tasks) // 2 - MEASURED
    last = min(first + TIMED, len(made.tasks) - 1 if made.tasks[-1].name == "join" else len(made.tasks))
    gc.disable()  # What a collection takes depends on all that this process holds, other tests' objects included.
    try:
        began = time.process_time()
        for number in range(first, last):
            complete(job, number)
        return (time.process_time() - began) / (last - first)
    finally:
        gc.enable()
