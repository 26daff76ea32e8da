"""The rounds of a run that is repeated: the next one is given what the last one gave, where names match."""

from __future__ import annotations

from collections.abc import Mapping

from domain.jobs.run import Binding, Run, Source
from domain.jobs.state import Job


def following(job: Job, lane: int, last: Run) -> Run:
    """The run that follows the last one of a lane: its next round, or else its next attempt."""
    ended = job.rounds.get(lane)
    if ended is not None and ended.run == last:
        return last.model_copy(update={"round": last.round + 1, "attempt": 1})
    return last.model_copy(update={"attempt": last.attempt + 1})


def fed(job: Job, lane: int, bound: Mapping[str, Binding]) -> dict[str, Binding]:
    """What a run is given: the outputs of the round before it in place of inputs of the same names."""
    ended = job.rounds.get(lane)
    if ended is None:
        return dict(bound)
    given = {declared.name for declared in job.index.declared(lane).inputs}
    return {
        **bound,
        **{name: Binding(source=Source(run=ended.run, path=(name,))) for name in ended.outputs if name in given},
    }
