"""Where the values of a job are found, from what its events brought alone."""

from __future__ import annotations

import pytest

from domain.events import Event
from domain.jobs.brought import NOTHING, Brought, Search, brought_by
from domain.jobs.events import JobCompleted, TaskCorrected, TaskFailed, TaskOutcomeUnknown, TaskStarted, TaskSucceeded
from domain.jobs.run import Facts, Failure, Run, Source
from domain.values import Value, value_at

FIRST, SECOND = Run(task="first"), Run(task="second")
FACTS = Facts()
Known = dict[Run | None, Brought]


@pytest.fixture
def known() -> Known:
    found: Known = {None: Brought(outputs={"file": {"name": "a.pdf"}})}
    passed = {"lines": Source(run=FIRST, path=("lines",))}
    take(found, TaskSucceeded(run=FIRST, outputs={"total": "1.00", "lines": [{"sum": 1}]}, facts=FACTS))
    take(found, TaskSucceeded(run=SECOND, outputs={"total": "2.00"}, passed=passed, facts=FACTS))
    return found


def take(known: Known, event: Event) -> None:
    """Takes in what the event brought."""
    run, brought = brought_by(event) or pytest.fail("Expected an event that brings values.")
    known[run] = brought


def searched(known: Known, source: Source) -> Search:
    """A search to which everything it asked for was given."""
    search = Search([source], lambda _: None)
    while missing := search.missing():
        for run in missing:
            search.add(run, known.get(run, NOTHING))
    return search


def found(known: Known, source: Source) -> Value:
    value, path = searched(known, source).where(source)
    return value_at(value, path)


def test_an_input_of_the_job_and_a_field_of_it(known: Known) -> None:
    assert found(known, Source(path=("file", "name"))) == "a.pdf"


def test_an_output_of_a_run(known: Known) -> None:
    assert found(known, Source(run=FIRST, path=("total",))) == "1.00"


def test_what_a_run_passed_on_is_found_where_it_stands(known: Known) -> None:
    assert found(known, Source(run=SECOND, path=("lines", "0", "sum"))) == 1
    assert found(known, Source(run=SECOND, path=("total",))) == "2.00"


def test_all_outputs_together_are_the_new_ones_and_those_passed_on(known: Known) -> None:
    everything = Source(run=SECOND, path=())
    search = searched(known, everything)
    assert search.each(everything) == {
        "total": Source(run=SECOND, path=("total",)),
        "lines": Source(run=SECOND, path=("lines",)),
    }
    assert search.where(Source(run=SECOND, path=("lines",))) == ([{"sum": 1}], ())


def test_a_correction_stands_in_place_of_all_outputs(known: Known) -> None:
    take(known, TaskCorrected(run=SECOND, outputs={"total": "3.00"}, facts=FACTS, reason="a typo"))
    assert found(known, Source(run=SECOND, path=("total",))) == "3.00"
    assert found(known, Source(run=SECOND, path=("lines",))) is None


def test_the_error_of_a_run_that_failed_or_whose_outcome_is_unknown(known: Known) -> None:
    third, fourth = Run(task="third"), Run(task="fourth")
    error = Failure(code="NOT_FOUND", message="Nothing there.")
    take(known, TaskFailed(run=third, error=error, then="error_route"))
    take(known, TaskOutcomeUnknown(run=fourth, error=error, then="error_route"))
    for run in (third, fourth):
        assert found(known, Source(run=run, path=("error", "code"))) == "NOT_FOUND"
        assert found(known, Source(run=run, path=("error",))) == {"code": "NOT_FOUND", "message": "Nothing there."}


def test_an_output_named_error_is_an_output(known: Known) -> None:
    run = Run(task="named")
    take(known, TaskSucceeded(run=run, outputs={"error": "no error at all"}, facts=FACTS))
    assert found(known, Source(run=run, path=("error",))) == "no error at all"


def test_only_what_sources_lead_to_is_asked_for_and_each_once(known: Known) -> None:
    sources = [Source(run=SECOND, path=("lines",)), Source(run=SECOND, path=("total",))]
    search = Search(sources, lambda _: None)
    assert search.missing() == [SECOND]
    search.add(SECOND, known[SECOND])
    assert search.missing() == [FIRST]
    search.add(FIRST, known[FIRST])
    assert search.missing() == []


def test_what_is_known_is_not_asked_for_and_stays_at_hand_when_it_is_forgotten(known: Known) -> None:
    source = Source(run=SECOND, path=("lines",))
    search = Search([source], known.get)
    assert search.missing() == []
    known.clear()
    assert search.where(source) == ([{"sum": 1}], ())


def test_what_has_not_ended_has_no_value(known: Known) -> None:
    assert found(known, Source(run=Run(task="third"), path=("total",))) is None


def test_a_start_and_an_end_bring_no_values() -> None:
    assert brought_by(TaskStarted(run=FIRST, bindings={})) is None
    assert brought_by(JobCompleted(outputs={})) is None
