"""Where the values of a job are found, from its events alone."""

from __future__ import annotations

from uuid import UUID

import pytest

from domain.graph import Graph
from domain.jobs.events import TaskCorrected, TaskFailed, TaskOutcomeUnknown, TaskSucceeded
from domain.jobs.run import Facts, Failure, Run, Source
from domain.values import Value, value_at
from runner.values import JobValues, weight

FIRST, SECOND = Run(task="first"), Run(task="second")
FACTS = Facts()


@pytest.fixture
def values() -> JobValues:
    made = JobValues(workspace=UUID(int=1), graph=Graph(), tasks={}, started_by="member:x")
    made.inputs = {"file": {"name": "a.pdf"}}
    made.apply(TaskSucceeded(run=FIRST, outputs={"total": "1.00", "lines": [{"sum": 1}]}, facts=FACTS))
    passed = {"lines": Source(run=FIRST, path=("lines",))}
    made.apply(TaskSucceeded(run=SECOND, outputs={"total": "2.00"}, passed=passed, facts=FACTS))
    return made


def found(values: JobValues, source: Source) -> Value:
    value, path = values.where(source)
    return value_at(value, path)


def test_an_input_of_the_job_and_a_field_of_it(values: JobValues) -> None:
    assert found(values, Source(path=("file", "name"))) == "a.pdf"


def test_an_output_of_a_run(values: JobValues) -> None:
    assert found(values, Source(run=FIRST, path=("total",))) == "1.00"


def test_what_a_run_passed_on_is_found_where_it_stands(values: JobValues) -> None:
    assert found(values, Source(run=SECOND, path=("lines", "0", "sum"))) == 1
    assert found(values, Source(run=SECOND, path=("total",))) == "2.00"


def test_all_outputs_together_are_the_new_ones_and_those_passed_on(values: JobValues) -> None:
    assert values.sources(Source(run=SECOND, path=())) == {
        "total": Source(run=SECOND, path=("total",)),
        "lines": Source(run=SECOND, path=("lines",)),
    }


def test_a_correction_stands_in_place_of_all_outputs(values: JobValues) -> None:
    values.apply(TaskCorrected(run=SECOND, outputs={"total": "3.00"}, facts=FACTS, reason="a typo"))
    assert found(values, Source(run=SECOND, path=("total",))) == "3.00"
    assert found(values, Source(run=SECOND, path=("lines",))) is None


def test_the_error_of_a_run_that_failed_or_whose_outcome_is_unknown(values: JobValues) -> None:
    third, fourth = Run(task="third"), Run(task="fourth")
    error = Failure(code="NOT_FOUND", message="Nothing there.")
    values.apply(TaskFailed(run=third, error=error, then="error_route"))
    values.apply(TaskOutcomeUnknown(run=fourth, error=error, then="error_route"))
    for run in (third, fourth):
        assert found(values, Source(run=run, path=("error", "code"))) == "NOT_FOUND"
        assert found(values, Source(run=run, path=("error",))) == {"code": "NOT_FOUND", "message": "Nothing there."}


def test_an_output_named_error_is_an_output(values: JobValues) -> None:
    run = Run(task="named")
    values.apply(TaskSucceeded(run=run, outputs={"error": "no error at all"}, facts=FACTS))
    assert found(values, Source(run=run, path=("error",))) == "no error at all"


def test_weight_grows_with_what_is_kept(values: JobValues) -> None:
    before = values.weight
    values.apply(TaskSucceeded(run=Run(task="large"), outputs={"text": "x" * 10_000}, facts=FACTS))
    assert values.weight - before >= 10_000
    assert weight([1, True, None, "ab", {"a": [1.5]}]) > 0
