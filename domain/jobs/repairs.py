"""What an operator can do: retry, correct or give up a task, cancel the job, and see its end through.

What counts as *not used yet*: none of the tasks that an edge leads to from the task has started, and none was skipped
because of such an edge (one that would have been skipped without them too was not settled by them).
"""

from __future__ import annotations

from typing import Any, Literal

from domain.events import Event
from domain.jobs.commands import CancelJob, ContinueEnding, CorrectTask, GiveUpTask, RetryTask
from domain.jobs.events import TaskCorrected, TaskGivenUp, TaskRetried
from domain.jobs.failing import Failed, follow
from domain.jobs.index import WORKFLOW
from domain.jobs.refusals import (
    CorrectionWrong,
    ItemsBelongTogether,
    NotAnItem,
    TaskBelongsToPerson,
    TaskNotCorrectable,
    TaskNotHeld,
    TaskValuesUsed,
)
from domain.jobs.run import Run
from domain.jobs.scheduling import advance, begin_ending, continue_ending, emit
from domain.jobs.standing import find_run, is_last, refuse_if_over, refuse_without_reason
from domain.jobs.state import DEAD, Job, JobStatus, TaskStatus
from domain.refusals import Detail

FINISHED = (TaskStatus.SUCCEEDED, TaskStatus.FAILED, TaskStatus.OUTCOME_UNKNOWN)
KINDS_OF_PERSONS = frozenset({"human_review", "human_task", "human_decision"})


def is_open(job: Job, lane: int) -> bool:
    """Whether an operator may say how a lane goes on: its last run is held, or is to be tried again later."""
    return job.is_held(lane) or job.is_to_be_retried(lane)


def retry(command: RetryTask, job: Job) -> list[Event]:
    """The run is tried again at once as its next attempt; asked twice, the second changes nothing."""
    lane = find_run(job, command.run)
    refuse_if_over(job, lane)
    starts_already = job.lane_status(lane) is TaskStatus.RETRYING and not job.is_to_be_retried(lane)
    if not is_last(job, lane, command.run) or starts_already:
        return []
    if not is_open(job, lane):
        raise TaskNotHeld(run=command.run.text, status=job.lane_status(lane))
    _refuse_unexplained(job, lane, command.reason)
    written: list[Event] = []
    emit(job, written, TaskRetried(run=job.last_run(lane), reason=command.reason))
    advance(job, command.at, written)
    return written


def correct(command: CorrectTask, job: Job) -> list[Event]:
    """The given outputs take the place of those of a failed run that goes on, or of a finished one that nothing has used."""
    lane = find_run(job, command.run)
    refuse_if_over(job, lane)
    task = job.index.task_of(lane)
    declared = job.index.tasks[task]
    if declared.reviews is not None or declared.kind in KINDS_OF_PERSONS:
        raise TaskBelongsToPerson(task=declared.name)
    if not is_last(job, lane, command.run) or not (is_open(job, lane) or job.lane_status(lane) in FINISHED):
        raise TaskNotCorrectable(run=command.run.text, status=job.lane_status(lane))
    _refuse_settled_items(job, command.run, task)
    if used_by := _used_by(job, task):
        raise TaskValuesUsed(run=command.run.text, used_by=", ".join(used_by))
    refuse_without_reason(command.reason)
    if details := _wrong(command, job, task):
        places = ", ".join(detail.path for detail in details)
        raise CorrectionWrong(task=declared.name, outputs=places, details=details)
    written: list[Event] = []
    event = TaskCorrected(run=job.last_run(lane), outputs=command.outputs, facts=command.facts, reason=command.reason)
    emit(job, written, event)
    advance(job, command.at, written)
    return written


def give_up(command: GiveUpTask, job: Job) -> list[Event]:
    """The held task has failed, and its job with it (a held item: its task, unless it is left out); asked twice, the second changes nothing."""
    lane = find_run(job, command.run)
    if lane in job.fatal or (job.ending is not None and job.ending.failed_run == command.run):
        return []
    refuse_if_over(job, lane)
    if is_last(job, lane, command.run) and command.run.item is not None and job.lane_status(lane) is TaskStatus.FAILED:
        return []
    if not is_last(job, lane, command.run) or not is_open(job, lane):
        raise TaskNotHeld(run=command.run.text, status=job.lane_status(lane))
    if command.leave_out and command.run.item is None:
        raise NotAnItem(run=command.run.text)
    _refuse_unexplained(job, lane, command.reason)
    written: list[Event] = []
    run, error = job.last_run(lane), job.errors[lane]
    then: Literal["fail_job", "fail_task", "leave_out"] = "fail_job"
    if command.run.item is not None:
        then = "leave_out" if command.leave_out else "fail_task"
    emit(job, written, TaskGivenUp(run=run, reason=command.reason, then=then))
    follow(job, Failed(run, error, then), command.at, written)
    return written


def _refuse_unexplained(job: Job, lane: int, reason: Any) -> None:
    """Who says what became of an effect of unknown outcome says how they know."""
    if job.lane_status(lane) is TaskStatus.OUTCOME_UNKNOWN:
        refuse_without_reason(reason)


def cancel(command: CancelJob, job: Job) -> list[Event]:
    """The job ends now; asked twice, the second changes nothing."""
    ending = None if job.ending is None else job.ending.outcome
    if job.ended is JobStatus.CANCELLED or ending == "cancelled":
        return []
    refuse_if_over(job)
    refuse_without_reason(command.reason)
    written: list[Event] = []
    begin_ending(job, command.at, written, "cancelled", reason=command.reason)
    return written


def see_through(command: ContinueEnding, job: Job) -> list[Event]:
    """The next runs of a job that is ending are cancelled; of any other job nothing."""
    written: list[Event] = []
    if job.is_ending:
        continue_ending(job, command.at, written)
    return written


def _used_by(job: Job, task: int) -> list[str]:
    index = job.index
    targets = dict.fromkeys(index.edge_targets[edge] for edge in index.outgoing[task] if job.edges[edge])
    targets.pop(WORKFLOW, None)
    return [
        index.names[target]
        for target in targets
        if job.runs[target] is not None
        or (job.statuses[target] is TaskStatus.SKIPPED and not _is_skipped_without(job, target, task))
    ]


def _is_skipped_without(job: Job, target: int, source: int) -> bool:
    """Whether a task would have been skipped even if nothing from this source had settled."""
    index = job.index

    def dead(edge: int) -> bool:
        return job.edges[edge] == DEAD and index.edge_sources[edge] != source

    orders = index.order_edges[target]
    by_route = (all if index.needs_any[target] else any)(dead(edge) for edge in orders) if orders else False
    return by_route or any(
        index.slot_fallback[slot] is None and all(dead(edge) for edge in index.slot_edges[slot])
        for slot in index.task_slots[target]
    )


def _refuse_settled_items(job: Job, run: Run, task: int) -> None:
    # What a for-each as a whole has come to is not changed behind its back by one of its items.
    if run.item is None:
        return
    status = job.statuses[task]
    if job.items[task].is_replaced or status not in (TaskStatus.WAITING, TaskStatus.SUCCEEDED, TaskStatus.HELD):
        raise ItemsBelongTogether(task=run.task, status=status)


def _wrong(command: CorrectTask, job: Job, task: int) -> tuple[Detail, ...]:
    declared = job.index.tasks[task]
    found: list[Detail] = []
    named = {detail.path for detail in command.findings}
    outputs = {output.name: output for output in declared.outputs}
    unknown = (name for name in command.outputs if name not in outputs)
    missing = (name for name, output in outputs.items() if output.required and command.outputs.get(name) is None)
    found += [Detail(f"output {name}", "an output of the task", "an unknown name") for name in unknown]
    found += [Detail(f"output {name}", "a value", "nothing") for name in missing]
    found = [detail for detail in found if detail.path not in named] + list(command.findings)
    route, routes = command.facts.route, declared.routes
    if declared.for_each is not None and command.run.item is None:
        routes = ()
    if route not in routes if routes else route is not None:
        expected = f"one of {', '.join(routes)}" if routes else "none"
        found.append(Detail("route", expected, "none" if route is None else route))
    return tuple(found)
