"""A job begins: its inputs are named rightly, defaults taken, and the first tasks start with it."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.events import Event
from domain.graph import Graph
from domain.jobs.calling_back import callbacks_wrong
from domain.jobs.commands import StartJob
from domain.jobs.events import JobPaused, JobStarted
from domain.jobs.facts import facts
from domain.jobs.forking import refuse_wrong, reuse
from domain.jobs.inputs import wrong_inputs
from domain.jobs.labels import labels_wrong
from domain.jobs.refusals import (
    DepthExceeded,
    JobAlreadyStarted,
    JobCallbacksWrong,
    JobInputsWrong,
    JobLabelsWrong,
    PreviewNotForked,
    PreviewsTooMany,
    TimeLimitWrong,
)
from domain.jobs.run import Parent
from domain.jobs.scheduling import advance, emit
from domain.jobs.state import Job

RULES = 1
"""The number of the engine rules that new jobs begin under."""
DEPTH_MAX = 16
PREVIEWS_AT_ONCE_MAX = 20
"""In a workspace, without those that others started."""
TIME_LIMIT_SECONDS_MAX = 366 * 24 * 60 * 60


def start(command: StartJob, job: Job) -> list[Event]:
    """The job begins with these inputs; missing, unknown and wrong ones are refused together."""
    if job.version:
        if command.parent is not None and job.parent is not None and _is_run(command.parent, job.parent):
            return []  # The run that starts it was performed once more.
        raise JobAlreadyStarted
    if command.parent is not None and command.parent.depth > DEPTH_MAX:
        raise DepthExceeded(limit=DEPTH_MAX)
    if command.mode == "preview":
        _refuse_preview(command)
    graph = job.index.graph
    if details := wrong_inputs(graph, command.inputs, command.findings):
        raise JobInputsWrong(inputs=", ".join(detail.path for detail in details), details=details)
    if wrong := tuple(labels_wrong(command)):
        raise JobLabelsWrong(places=", ".join(detail.path for detail in wrong), details=wrong)
    if wrong := tuple(callbacks_wrong(command.callbacks)):
        raise JobCallbacksWrong(places=", ".join(detail.path for detail in wrong), details=wrong)
    due_at = _due_at(command, graph)
    defaults = {
        declared.name: declared.default.value
        for declared in graph.inputs
        if declared.default is not None and declared.name not in command.inputs
    }
    known = command.facts
    if defaults:
        # What the caller could not know: the values that stand in for inputs that were not given.
        absent = [path for path in known.absent if path[0] not in defaults]
        absent += [path for path in facts(graph, None, defaults).absent if path[0] in defaults]
        counts = [count for count in known.counts if count.path[0] not in defaults]
        counts += [count for count in facts(graph, None, defaults).counts if count.path[0] in defaults]
        known = known.model_copy(update={"absent": tuple(absent), "counts": tuple(counts)})
    if command.fork is not None:
        refuse_wrong(command.fork, job.index)
    written: list[Event] = []
    event = JobStarted(
        workflow_id=command.workflow_id,
        workflow_version=command.workflow_version,
        graph=command.graph,
        rules=RULES,
        mode=command.mode,
        source=command.source,
        title=command.title,
        inputs={**defaults, **command.inputs},
        facts=known,
        due_at=due_at,
        tags=tuple(dict.fromkeys(command.tags)) or None,
        priority=None if command.priority == "normal" else command.priority,
        business_key=command.business_key,
        fork_of=None if command.fork is None else command.fork.of,
        parent=command.parent,
        preview=command.preview,
        callbacks=command.callbacks if command.mode == "job" else (),
        on_behalf_of=command.on_behalf_of,
    )
    emit(job, written, event)
    if command.fork is not None:
        reuse(command.fork, job, written)
    if command.parent is not None and command.parent.paused:
        emit(job, written, JobPaused(reason=command.pause_reason, by_parent=True))
    advance(job, command.at, written)
    return written


def _is_run(one: Parent, other: Parent) -> bool:
    return (one.job_id, one.run) == (other.job_id, other.run)


def _refuse_preview(command: StartJob) -> None:
    if command.fork is not None:
        raise PreviewNotForked
    if command.parent is None and command.previews_open >= PREVIEWS_AT_ONCE_MAX:
        raise PreviewsTooMany(limit=PREVIEWS_AT_ONCE_MAX)


def _due_at(command: StartJob, graph: Graph) -> datetime | None:
    asked = command.time_limit_seconds
    most = TIME_LIMIT_SECONDS_MAX if graph.time_limit_seconds is None else graph.time_limit_seconds
    if asked is not None and not 0 < asked <= most:
        raise TimeLimitWrong(most=most, seconds=asked)
    seconds = graph.time_limit_seconds if asked is None else asked
    return None if seconds is None else command.at + timedelta(seconds=seconds)
