"""What jobs are found by: tags, priority, business key, source, and the words of a title."""

from __future__ import annotations

from typing import Any

import pytest

from domain.jobs import commands as ask
from domain.jobs.events import JobStarted
from domain.jobs.labels import TAGS_MAX, WORD_CHARACTERS_MAX, WORDS_MAX, words_of
from domain.jobs.refusals import JobLabelsWrong
from domain.jobs.run import Facts
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import AT, JOB, WORKFLOW, Play


def started(**said: Any) -> JobStarted:
    """The first event of a job started so."""
    play = Play(graph(task("a")))
    fields: dict[str, Any] = {"workflow_version": 1, "graph": "hash", "inputs": {}, "facts": Facts()}
    play.send(ask.StartJob(at=AT, job_id=JOB, workflow_id=WORKFLOW, **fields, **said))
    [first, *_] = play.log
    assert isinstance(first, JobStarted)
    return first


def test_a_job_keeps_its_labels() -> None:
    first = started(tags=("march", "büro"), priority="high", business_key="INV-4711", source="billing")
    assert (first.tags, first.priority, first.business_key, first.source) == (
        ("march", "büro"),
        "high",
        "INV-4711",
        "billing",
    )


def test_what_is_not_said_is_not_in_the_record() -> None:
    stored = started().model_dump(mode="json")
    assert not {"tags", "priority", "business_key"} & stored.keys()
    assert not {"tags", "priority"} & started(priority="normal", tags=()).model_dump(mode="json").keys()


def test_a_tag_given_twice_is_kept_once() -> None:
    assert started(tags=("march", "march", "april")).tags == ("march", "april")


@pytest.mark.parametrize(
    ("said", "places"),
    [
        ({"tags": ("",)}, ["tags[0]"]),
        ({"tags": ("ok", " padded")}, ["tags[1]"]),
        ({"tags": ("new\nline",)}, ["tags[0]"]),
        ({"tags": ("x" * 51,)}, ["tags[0]"]),
        ({"tags": tuple(f"t{number}" for number in range(TAGS_MAX + 1))}, ["tags"]),
        ({"business_key": ""}, ["business key"]),
        ({"business_key": "k" * 201}, ["business key"]),
        ({"source": "Not A Name"}, ["source"]),
        ({"source": "parent"}, ["source"]),
        ({"source": "", "business_key": "\t"}, ["business key", "source"]),
    ],
)
def test_labels_that_cannot_be_kept_are_refused_together(said: dict[str, Any], places: list[str]) -> None:
    with pytest.raises(JobLabelsWrong) as refused:
        started(**said)
    assert [detail.path for detail in refused.value.details] == places


def test_a_title_is_found_by_its_words() -> None:
    assert words_of("Invoice INV-4711 of Müller & Söhne, invoice 2") == (
        "invoice",
        "inv",
        "4711",
        "of",
        "müller",
        "söhne",
        "2",
    )
    assert words_of(None) == words_of({"$sealed": {}}) == words_of(" - ") == ()
    assert len(words_of(" ".join(f"w{number}" for number in range(WORDS_MAX + 5)))) == WORDS_MAX
    assert words_of("x" * 100) == ("x" * WORD_CHARACTERS_MAX,)
