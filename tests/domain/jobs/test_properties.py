"""What holds of every job, whatever its graph and however its tasks end."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.jobs.events import (
    ItemsBegan,
    ItemsEnded,
    JobCompleted,
    JobEndingBegan,
    JobFailed,
    TaskCorrected,
    TaskRoundEnded,
    TaskSkipped,
    TaskStarted,
    TaskSucceeded,
)
from domain.jobs.run import Binding, Run, Source
from domain.jobs.state import JobStatus
from tests.domain.jobs.driver import Driver
from tests.domain.jobs.random_graphs import random_graph
from tests.domain.jobs.reference import Skipped, Succeeds, foretell


def drive(random: Random, tasks_max: int) -> list[Driver]:
    """Two random jobs of the same graph, driven to their ends."""
    graph = random_graph(random, tasks_max)
    drivers = [Driver(graph, random) for _ in range(2)]
    for driver in drivers:
        driver.drive()
        compare(driver)
    return drivers


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_a_small_job_ends_as_the_reference_says(random: Random) -> None:
    drive(random, tasks_max=7)


@pytest.mark.parametrize("block", range(8))
def test_jobs_of_many_shapes_end_as_the_reference_says(block: int) -> None:
    for seed in range(block * 60, block * 60 + 60):
        drive(Random(seed), tasks_max=5 + seed % 20)


@pytest.mark.soak
def test_very_many_jobs_end_as_the_reference_says() -> None:
    for seed in range(10_000, 40_000):
        drive(Random(seed), tasks_max=4 + seed % 26)


def compare(driver: Driver) -> None:
    """What was written, against what the naive reference foretells of the same outcomes."""
    job, log = driver.play.job, driver.play.log
    assert job.status in (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED, JobStatus.TIMED_OUT)
    assert [*job.running(), *job.waiting(), *job.held()] == []
    assert undone(driver) == to_undo(driver)
    if driver.disturbed:
        return
    told = foretell(driver.graph, driver.absent, driver.outcomes)
    forward = {name for name, task in driver.tasks.items() if task.compensates is None}
    assert {name for name, fate in told.fates.items() if isinstance(fate, Skipped)} == {
        event.task for event in log if isinstance(event, TaskSkipped) and event.task in forward
    }
    assert set(told.fates) == forward
    ended: dict[str, dict[int, Run]] = {}
    for event in log:
        if isinstance(event, TaskRoundEnded) and event.run.item is None:
            ended.setdefault(event.run.task, {})[event.run.round] = event.run
    started = {
        event.run: event.bindings
        for event in log
        if isinstance(event, TaskStarted | ItemsBegan) and event.run.item is None and event.run.task in forward
    }
    assert {run.task for run in started} == forward & set(driver.outcomes)
    for run, bindings in started.items():
        before = rounds.get(run.round - 1) if (rounds := ended.get(run.task)) else None
        first = told.bindings[run.task]
        fed = (
            {"x0": Binding(source=Source(run=before, path=("x0",)))}
            if before is not None and takes(driver, run)
            else {}
        )
        assert bindings == {**first, **fed}
    last = log[-1]
    if told.missing:
        assert isinstance(last, JobFailed)
        assert (last.error.code, last.error.details) == ("OUTPUT_MISSING", {"outputs": told.missing})
    else:
        assert last == JobCompleted(outputs=told.outputs)
    for name, outcome in driver.outcomes.items():
        if isinstance(outcome, Succeeds):
            assert outcome.run in job.where, name


def undone(driver: Driver) -> list[str]:
    """The compensations that ran, or could not, in the order in which they did."""
    names = set(driver.undone_by.values())
    found = [
        event.run.task if isinstance(event, TaskStarted) else event.task
        for event in driver.play.log
        if isinstance(event, TaskStarted | TaskSkipped)
    ]
    return [name for name in dict.fromkeys(found) if name in names]


def to_undo(driver: Driver) -> list[str]:
    """The compensations of what stood as succeeded when the job began to end badly, the last success first."""
    done: dict[str, None] = {}
    for event in driver.play.log:
        match event:
            case JobEndingBegan():
                return [driver.undone_by[name] for name in reversed(done) if name in driver.undone_by]
            case TaskSucceeded() | TaskCorrected() | ItemsEnded():
                if event.run.item is None or isinstance(event, TaskCorrected):
                    done.pop(event.run.task, None)  # A for-each of which an item is corrected ends once more.
                if event.run.item is None:
                    done[event.run.task] = None
            case _:
                pass
    return []


def takes(driver: Driver, run: Run) -> bool:
    """Whether a task has the input that rounds feed."""
    return any(declared.name == "x0" for declared in driver.tasks[run.task].inputs)
