"""A folded job as plain JSON and back, so that a long one need not be folded from its first event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from heapq import heappush
from typing import Any
from uuid import UUID

from domain.graph import Graph
from domain.jobs.calling_back import CallbackTo
from domain.jobs.index import GraphIndex
from domain.jobs.items import load_items
from domain.jobs.run import Failure, Parent, Run
from domain.jobs.state import Ending, Job, JobStatus, Pause, Round, TaskStatus, Wait


def dump(job: Job) -> dict[str, Any]:
    """All of the job's state but its graph."""
    number = job.index.numbers
    return {
        "version": job.version,
        "ended": job.ended,
        "mode": job.mode,
        "on_behalf_of": job.on_behalf_of,
        "parent": None if job.parent is None else job.parent.model_dump(mode="json"),
        "callbacks": [callback.model_dump(mode="json") for callback in job.callbacks],
        "ending": _dump_ending(job.ending),
        "paused": None if job.paused is None else [job.paused.since, job.paused.reason, job.paused.by_parent],
        "deadline": None if job.deadline is None else job.deadline.isoformat(),
        "statuses": list(job.statuses),
        "runs": [None if run is None else [run.item, run.round, run.attempt] for run in job.runs],
        "since": job.since,
        "inputs_open": job.inputs_open,
        "orders_delivered": job.orders_delivered,
        "orders_dead": job.orders_dead,
        "slots_open": job.slots_open,
        "edges": list(job.edges),
        "due": [[task, due.isoformat()] for task, due in job.due.items()],
        "waits": [
            [
                lane,
                wait.waits_for,
                _text(wait.review_id),
                wait.message,
                wait.at_due,
                _text(wait.child_id),
                wait.is_child_paused,
            ]
            for lane, wait in job.waits.items()
        ],
        "errors": [[task, error.model_dump(mode="json")] for task, error in job.errors.items()],
        "fatal": [[task, error.model_dump(mode="json")] for task, error in job.fatal.items()],
        "losses": [list(loss) for loss in job.losses.items()],
        "effects": sorted(job.effects),
        "reused": sorted(job.reused),
        "rounds": [[lane, each.run.round, each.run.attempt, list(each.outputs)] for lane, each in job.rounds.items()],
        "started": [list(started) for started in job.started.items()],
        "resumed": [list(resumed) for resumed in job.resumed.items()],
        "compensating": job.compensating,
        "compensations": list(job.compensations),
        "messages": [[name, list(kept.items())] for name, kept in job.messages.items()],
        "takers": [[name, list(lanes)] for name, lanes in job.takers.items()],
        "active": list(job.active),
        "ready": list(job.ready),
        "ready_heavy": list(job.ready_heavy),
        "doomed": [[task, job.doomed_by[task]] for task in job.doomed],
        "items": [[task, items.dump()] for task, items in job.items.items()],
        "items_over": list(job.items_over),
        "counts": [list(count) for count in job.counts.items()],
        "where": [[number[run.task], run.item, run.round, run.attempt, at] for run, at in job.where.items()],
    }


def load(dumped: Mapping[str, Any], graph: Graph | None) -> Job:
    """The job that was dumped; the same events fold on from it to the same state."""
    job = Job(graph)
    index = job.index
    job.version = dumped["version"]
    job.ended = None if dumped["ended"] is None else JobStatus(dumped["ended"])
    job.parent = None if dumped["parent"] is None else Parent.model_validate(dumped["parent"])
    job.callbacks = tuple(CallbackTo.model_validate(callback) for callback in dumped["callbacks"])
    job.ending = _load_ending(dumped["ending"])
    job.mode = dumped["mode"]
    job.on_behalf_of = dumped["on_behalf_of"]
    job.paused = None if dumped["paused"] is None else Pause(*dumped["paused"])
    job.deadline = None if dumped["deadline"] is None else datetime.fromisoformat(dumped["deadline"])
    job.statuses = [TaskStatus(status) for status in dumped["statuses"]]
    job.runs = [None if run is None else _run(index, task, *run) for task, run in enumerate(dumped["runs"])]
    for counts in ("since", "inputs_open", "orders_delivered", "orders_dead", "slots_open"):
        setattr(job, counts, list(dumped[counts]))
    job.edges = bytearray(dumped["edges"])
    job.due = {task: datetime.fromisoformat(due) for task, due in dumped["due"]}
    job.waits = {lane: _load_wait(wait) for lane, *wait in dumped["waits"]}
    job.errors = {task: Failure.model_validate(error) for task, error in dumped["errors"]}
    job.fatal = {task: Failure.model_validate(error) for task, error in dumped["fatal"]}
    job.losses = dict(dumped["losses"])
    job.effects = set(dumped["effects"])
    job.reused = set(dumped["reused"])
    job.rounds = {lane: _load_round(index, lane, *each) for lane, *each in dumped["rounds"]}
    job.started = dict(dumped["started"])
    job.resumed = dict(dumped["resumed"])
    job.compensating = dumped["compensating"]
    job.compensations.extend(dumped["compensations"])
    job.messages = {name: dict(kept) for name, kept in dumped["messages"]}
    job.takers = {name: dict.fromkeys(lanes) for name, lanes in dumped["takers"]}
    job.active = dict.fromkeys(dumped["active"])
    job.ready.extend(dumped["ready"])
    job.ready_heavy.extend(dumped["ready_heavy"])
    job.doomed.extend(task for task, _ in dumped["doomed"])
    job.doomed_by = dict(dumped["doomed"])
    for task, items in dumped["items"]:
        declared = index.tasks[task]
        if declared.for_each is not None:
            job.items[task] = load_items(items, declared.name, declared.for_each)
    job.items_over.extend(dumped["items_over"])
    job.counts = dict(dumped["counts"])
    running = [lane for lane in job.active if job.lane_status(lane) is TaskStatus.RUNNING]
    job.running_count = len(running)
    job.heavy_running = sum(1 for lane in running if index.heavy[index.task_of(lane)] and lane not in job.resumed)
    for lane, due in job.due.items():
        if job.is_to_be_retried(lane):
            heappush(job.retries_heavy if index.heavy[index.task_of(lane)] else job.retries, (due, lane))
    job.where = {_run(index, task, *run): at for task, *run, at in dumped["where"]}
    return job


def _run(index: GraphIndex, task: int, item: int | None, number: int, attempt: int) -> Run:
    if item is None and number == attempt == 1:
        return index.first_run(task)
    return Run(task=index.names[task], item=item, round=number, attempt=attempt)


def _load_round(index: GraphIndex, lane: int, number: int, attempt: int, outputs: list[str]) -> Round:
    task, item = index.item_of(lane)
    return Round(_run(index, task, None if item < 0 else item, number, attempt), tuple(outputs))


def _load_wait(dumped: Sequence[Any]) -> Wait:
    waits_for, review_id, message, at_due, child_id, is_child_paused = dumped
    return Wait(waits_for, _id(review_id), message, at_due, _id(child_id), is_child_paused)


def _text(known: UUID | None) -> str | None:
    return None if known is None else str(known)


def _id(text: str | None) -> UUID | None:
    return None if text is None else UUID(text)


def _dump_ending(ending: Ending | None) -> dict[str, Any] | None:
    if ending is None:
        return None
    return {
        "outcome": ending.outcome,
        "error": None if ending.error is None else ending.error.model_dump(mode="json"),
        "failed_run": None if ending.failed_run is None else ending.failed_run.model_dump(mode="json"),
        "reason": ending.reason,
        "since": ending.since,
    }


def _load_ending(dumped: Mapping[str, Any] | None) -> Ending | None:
    if dumped is None:
        return None
    return Ending(
        outcome=dumped["outcome"],
        error=None if dumped["error"] is None else Failure.model_validate(dumped["error"]),
        failed_run=None if dumped["failed_run"] is None else Run.model_validate(dumped["failed_run"]),
        reason=dumped["reason"],
        since=dumped["since"],
    )
