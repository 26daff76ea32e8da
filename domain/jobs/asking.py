"""A run that a person does waits from its start on: the review is requested in the same unit, and no runner has a part in it.

It is a runner's matter in previews, where something else may stand for the run; where who started the job is not known here; and of very many
runs that start at once, as each has a stream of its own and a unit is of bounded size.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain.events import Event
from domain.graph import GraphTask
from domain.ids import derive
from domain.jobs.events import TaskStarted
from domain.jobs.run import Binding, Run, Source
from domain.jobs.state import Job
from domain.reviews.commands import RequestReview
from domain.reviews.events import Assignment

ASKING_EVENTS_MAX = 600
"""How many events a decision may have before a further run is left to the runner: at most half as many reviews are requested."""


def review_asked(job: Job, task: GraphTask, run: Run, written: Sequence[Event]) -> UUID | None:
    """The id of the review that a run waits for from its start on; None where it does not."""
    if task.asks is None or job.id is None or job.on_behalf_of is None:
        return None
    return review_id(job.id, run) if len(written) < ASKING_EVENTS_MAX else None


def review_id(job_id: UUID, run: Run) -> UUID:
    """The id of the review of a run, whoever requests it."""
    return derive(job_id, "review", run.text)


def request(job_id: UUID, started: TaskStarted, job: Job, at: datetime) -> Iterable[RequestReview]:
    """The request for the review that a run waits for since the decision in which it started, if it does."""
    run, index = started.run, job.index
    task = index.tasks[index.numbers[run.task]]
    if task.asks is None:
        return ()
    wait = job.waits.get(index.lane(run))
    if wait is None or wait.review_id is None or job.last_run(index.lane(run)) != run:
        return ()
    shown = sources_shown(started.bindings)
    asked = RequestReview(
        at=at,
        review_id=wait.review_id,
        job_id=job_id,
        run=run,
        reviewed=run_reviewed(shown, task),
        shown=shown,
        guidance=task.asks.guidance,
        assignment=Assignment(members=task.asks.members, roles=task.asks.roles),
        job_started_by=job.on_behalf_of,
        due_at=started.due_at,
    )
    return (asked,)


def sources_shown(bindings: Mapping[str, Binding]) -> dict[str, Source]:
    """What a person must judge, by where it is in the job: what the run's inputs are bound to."""
    shown: dict[str, Source] = {}
    for name, binding in bindings.items():
        if binding.source is not None:
            shown[name] = binding.source
        for place, source in enumerate(binding.gathered or ()):
            shown[f"{name}[{place}]"] = source
    return shown


def run_reviewed(shown: Mapping[str, Source], task: GraphTask) -> Run | None:
    """The run whose outputs are judged, where a task reviews another."""
    return next((source.run for source in shown.values() if source.run and source.run.task == task.reviews), None)
