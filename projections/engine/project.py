"""How the events of jobs change the rows of the read model `engine`."""

from __future__ import annotations

from collections.abc import Iterable

from domain.jobs.shard import find_shard
from projections.engine.rows import OPEN_JOBS_TABLE, OPEN_RUNS_TABLE, OpenJobRow, OpenRunRow
from projections.happened import Happened, attempt_before, moment_in
from projections.jobs.project import BEGINNINGS
from projections.model import Key, ReadModel, RowMissing, ignore
from projections.rows import Rows

_KEPT = {"hold": "HELD", "retry": "RETRYING"}
"""How a run that failed stands while its job goes on."""


def _keys(event: Happened) -> Iterable[Key]:
    yield OPEN_JOBS_TABLE, event.stream.int, False
    if event.run is not None:
        yield OPEN_RUNS_TABLE, _key(event), event.topic in BEGINNINGS
        if event.topic == "job.task_started.v1" and (before := attempt_before(event.event["run"])) is not None:
            yield OPEN_RUNS_TABLE, (event.stream.int, before), False


def _started(rows: Rows, event: Happened) -> None:
    job = OpenJobRow(event.stream, event.workspace, find_shard(event.stream), due_at=moment_in(event.event, "due_at"))
    rows.add(OPEN_JOBS_TABLE, job)


def _paused(rows: Rows, event: Happened) -> None:
    job = _job(rows, event)
    job.paused = event.topic == "job.paused.v1"
    job.passing_on = event.event.get("more", 0) > 0
    _put(rows, job)


def _passed_on(rows: Rows, event: Happened) -> None:
    job = _job(rows, event)
    job.passing_on = event.event["more"] > 0
    _put(rows, job)


def _task_started(rows: Rows, event: Happened) -> None:
    job = _job(rows, event)
    job.running += 1
    _end_retrying(rows, job, event)
    if event.event.get("due_at") is None:
        rows.absent(OPEN_RUNS_TABLE, _key(event))
    else:
        _keep(rows, job, event, "RUNNING")
    _put(rows, job)


def _end_retrying(rows: Rows, job: OpenJobRow, event: Happened) -> None:
    """The attempt before the one that starts waits for nothing any more."""
    before = attempt_before(event.event["run"])
    if before is not None and rows.get(OPEN_RUNS_TABLE, (event.stream.int, before)) is not None:
        rows.remove(OPEN_RUNS_TABLE, (event.stream.int, before))
        job.kept -= 1


def _items_began(rows: Rows, event: Happened) -> None:
    # Only its items run. It is kept so that its own end is not taken for the end of a run.
    job = _job(rows, event)
    _keep(rows, job, event, "ITEMS")
    _put(rows, job)


def _wait_began(rows: Rows, event: Happened) -> None:
    _leave(rows, event, to="WORKER" if event.event["waits_for"] == "worker" else "WAITING")


def _resumed(rows: Rows, event: Happened) -> None:
    job, key = _job(rows, event), _key(event)
    kept: OpenRunRow | None = rows.get(OPEN_RUNS_TABLE, key)
    job.running += 1
    if kept is not None and kept.due_at is None:
        rows.remove(OPEN_RUNS_TABLE, key)
        job.kept -= 1
    elif kept is not None:
        kept.status = "RUNNING"
        rows.put(OPEN_RUNS_TABLE, kept)
    _put(rows, job)


def _ended_or_held(rows: Rows, event: Happened) -> None:
    _leave(rows, event, to=_KEPT.get(event.event["then"]))


def _left(rows: Rows, event: Happened) -> None:
    _leave(rows, event, to=None)


def _if_open(rows: Rows, event: Happened) -> None:
    # Also a finished run can be corrected, and with an item its for-each: it stood nowhere, and nothing about it is open.
    if rows.get(OPEN_RUNS_TABLE, _key(event)) is not None:
        _leave(rows, event, to=None)


def _ending_began(rows: Rows, event: Happened) -> None:
    job = _job(rows, event)
    job.ending, job.due_at, job.paused, job.passing_on = True, None, False, False
    _put(rows, job)


def _job_ended(rows: Rows, event: Happened) -> None:
    rows.remove(OPEN_JOBS_TABLE, event.stream.int)


def _leave(rows: Rows, event: Happened, to: str | None) -> None:
    job = _job(rows, event)
    kept: OpenRunRow | None = rows.get(OPEN_RUNS_TABLE, _key(event))
    if kept is None or kept.status == "RUNNING":
        job.running -= 1
    if to is not None:
        _keep(rows, job, event, to)
    elif kept is not None:
        rows.remove(OPEN_RUNS_TABLE, _key(event))
        job.kept -= 1
    _put(rows, job)


def _keep(rows: Rows, job: OpenJobRow, event: Happened, status: str) -> None:
    kept: OpenRunRow | None = rows.get(OPEN_RUNS_TABLE, _key(event))
    if kept is None:
        job.kept += 1
        kept = OpenRunRow(event.stream, event.run or "", event.workspace, job.shard, status)
        rows.add(OPEN_RUNS_TABLE, kept)
    kept.status = status
    due_at = moment_in(event.event, "retry_at" if status == "RETRYING" else "due_at")
    if due_at is not None:
        kept.due_at = due_at
    elif status == "HELD":
        kept.due_at = None  # The run has ended; an operator has all the time there is.
    rows.put(OPEN_RUNS_TABLE, kept)


def _key(event: Happened) -> tuple[int, str]:
    return event.stream.int, event.run or ""


def _job(rows: Rows, event: Happened) -> OpenJobRow:
    job: OpenJobRow | None = rows.get(OPEN_JOBS_TABLE, event.stream.int)
    if job is None:
        raise RowMissing(OPEN_JOBS_TABLE.name, event.stream)
    return job


def _put(rows: Rows, job: OpenJobRow) -> None:
    job.moving = job.running > 0 or job.ending or job.passing_on
    rows.put(OPEN_JOBS_TABLE, job)


ENGINE = ReadModel(
    name="engine",
    version=4,
    tables=(OPEN_JOBS_TABLE, OPEN_RUNS_TABLE),
    keys=_keys,
    appliers={
        "job.started.v1": _started,
        "job.paused.v1": _paused,
        "job.resumed.v1": _paused,
        "job.children_paused.v1": _passed_on,
        "job.children_resumed.v1": _passed_on,
        "job.task_started.v1": _task_started,
        "job.items_began.v1": _items_began,
        "job.items_ended.v1": _if_open,
        "job.task_runner_lost.v1": ignore,
        "job.task_worker_lost.v1": ignore,
        "job.task_effect_began.v1": ignore,
        "job.task_credential_opened.v1": ignore,
        "job.task_outcome_unknown.v1": _ended_or_held,
        "job.task_wait_began.v1": _wait_began,
        "job.message_received.v1": ignore,
        "job.message_taken.v1": _resumed,
        "job.task_reused.v1": ignore,
        "job.child_ended.v1": _resumed,
        "job.round_ended.v1": _left,
        "job.task_succeeded.v1": _left,
        "job.task_failed.v1": _ended_or_held,
        "job.task_retried.v1": _left,
        "job.task_corrected.v1": _if_open,
        "job.task_given_up.v1": _left,
        "job.task_skipped.v1": ignore,
        "job.task_cancelled.v1": _left,
        "job.ending_began.v1": _ending_began,
        "job.completed.v1": _job_ended,
        "job.failed.v1": _job_ended,
        "job.cancelled.v1": _job_ended,
        "job.timed_out.v1": _job_ended,
    },
)
