"""How a job begins."""

from __future__ import annotations

import pytest

from domain.graph import Given, Graph, GraphOutput
from domain.jobs import commands as ask
from domain.jobs.events import JobStarted
from domain.jobs.refusals import JobAlreadyStarted, JobInputsWrong, JobNotFound
from domain.jobs.run import Facts
from domain.jobs.state import Job
from domain.refusals import Detail
from tests.domain.jobs.graphs import TEXT, graph, task
from tests.domain.jobs.play import AT, JOB, WORKFLOW, Play

NEEDS_X = graph(task("a", "x"), edges=("@x -> a.x",), inputs=("x", "y?"))


def test_a_job_names_its_version_graph_and_rules() -> None:
    play = Play(NEEDS_X)
    assert play.job.status == "PENDING"
    assert play.start({"x": "1"}) == ["job started", "a#1.1 started x=/x"]
    assert play.log[0] == JobStarted(
        workflow_id=WORKFLOW, workflow_version=1, graph="hash", rules=1, source="api", inputs={"x": "1"}, facts=Facts()
    )
    assert play.job.status == "IN_PROGRESS"


def test_missing_wrong_and_unknown_inputs_are_refused_together() -> None:
    play = Play(NEEDS_X)
    wrong = Detail("input y", "text", "a number")
    command = ask.StartJob(
        at=AT,
        job_id=JOB,
        workflow_id=WORKFLOW,
        workflow_version=1,
        graph="hash",
        inputs={"y": 1, "z": 2},
        facts=Facts(),
        findings=(wrong,),
    )
    with pytest.raises(JobInputsWrong) as refused:
        play.send(command)
    assert refused.value.details == (
        wrong,
        Detail("input z", "an input of the workflow", "an unknown name"),
        Detail("input x", "a value", "nothing"),
    )
    assert refused.value.code == "JOB_INPUTS_WRONG"
    assert str(refused.value) == "Expected inputs that fit the workflow, but these do not: input y, input z, input x."
    assert play.log == []


def test_what_the_caller_found_missing_is_not_said_twice() -> None:
    found = Detail("input x", "text", "nothing")
    command = ask.StartJob(
        at=AT,
        job_id=JOB,
        workflow_id=WORKFLOW,
        workflow_version=1,
        graph="hash",
        inputs={},
        facts=Facts(),
        findings=(found,),
    )
    with pytest.raises(JobInputsWrong) as refused:
        Play(NEEDS_X).send(command)
    assert refused.value.details == (found,)


def test_an_input_that_is_not_given_takes_its_default_and_its_edges_deliver() -> None:
    with_default = Graph(
        inputs=(GraphOutput(name="x", type=TEXT, default=Given(value="d")),), tasks=NEEDS_X.tasks, edges=NEEDS_X.edges
    )
    play = Play(with_default)
    assert play.start({}, absent=[("x",)]) == ["job started", "a#1.1 started x=/x"]
    started = play.log[0]
    assert isinstance(started, JobStarted)
    assert started.inputs == {"x": "d"}
    assert started.facts == Facts()


def test_an_input_given_as_null_keeps_its_null() -> None:
    with_default = Graph(
        inputs=(GraphOutput(name="x", type=TEXT, required=False, default=Given(value="d")),),
        tasks=NEEDS_X.tasks,
        edges=NEEDS_X.edges,
    )
    play = Play(with_default)
    assert play.start({"x": None}, absent=[("x",)]) == ["job started", "a skipped: no_value x", "job completed"]


def test_a_job_starts_once() -> None:
    play = Play(NEEDS_X)
    play.start()
    with pytest.raises(JobAlreadyStarted):
        play.start()


def test_nothing_can_be_asked_of_a_job_that_does_not_exist() -> None:
    play = Play(NEEDS_X)
    play.job = Job(None)
    with pytest.raises(JobNotFound):
        play.cancel()
