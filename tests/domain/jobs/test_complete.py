"""The explicit registries of the engine are complete."""

from __future__ import annotations

from typing import get_args
from uuid import UUID

from domain.jobs.commands import AnyJobCommand
from domain.jobs.decide import RULES
from domain.jobs.events import JobEvent, JobStarted
from domain.jobs.evolve import APPLIERS
from domain.jobs.index import INDEXES_MAX, index_of
from domain.jobs.shard import SHARDS, shard
from domain.jobs.subject import JOBS
from tests.domain.jobs.graphs import graph, task
from tests.domain.jobs.play import Play


def test_every_command_has_a_rule() -> None:
    assert set(RULES) == set(get_args(AnyJobCommand))


def test_every_event_has_an_applier() -> None:
    assert set(APPLIERS) == set(get_args(JobEvent))


def test_a_fold_needs_the_graph_that_the_start_names() -> None:
    play = Play(graph(task("a")))
    play.start()
    assert isinstance(play.log[0], JobStarted)
    assert JOBS.needs(play.log[0]) == "hash"
    assert JOBS.needs(play.log[1]) is None


def test_a_graph_is_indexed_once_and_old_indexes_are_dropped() -> None:
    first = graph(task("a"))
    index = index_of(first)
    assert index_of(first) is index
    others = [graph(task("a")) for _ in range(INDEXES_MAX)]
    assert len({id(index_of(other)) for other in others}) == INDEXES_MAX
    assert index_of(first) is not index


def test_the_shard_of_a_job_is_fixed_for_ever() -> None:
    assert SHARDS == 64
    jobs = [UUID(f"019c0000-0000-7000-8000-{number:012x}") for number in (1, 2, 3)]
    assert [shard(job) for job in jobs] == [32, 33, 41]
