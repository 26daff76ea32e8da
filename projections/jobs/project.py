"""How the events of jobs change the rows of the read model `jobs`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.jobs.labels import words_of
from projections.happened import Happened, attempt_before, moment_in, run_text
from projections.jobs.labels import label_rows
from projections.jobs.rows import (
    CREDENTIAL_USES_TABLE,
    FOR_EACH_TABLE,
    JOB_ITEMS_TABLE,
    JOB_LABELS_TABLE,
    JOB_MESSAGES_TABLE,
    JOB_TASKS_TABLE,
    JOBS_TABLE,
    CredentialUseRow,
    ForEachRow,
    JobMessageRow,
    JobRow,
    JobTaskRow,
)
from projections.model import Apply, Key, ReadModel, RowMissing
from projections.rows import Rows
from projections.tables import Table

BEGINNINGS = ("job.task_started.v1", "job.items_began.v1", "job.task_reused.v1")
"""The events that make the row of a run."""
AGAIN = ("job.task_retried.v1", "job.round_ended.v1")
"""After these another run of the same item follows: in the counts of its for-each it is as if it had not run."""

# Which count of the job's row a run stands in, by its status; one that is held stands in `held` whatever its status is.
_COUNTS = {
    "RUNNING": "running",
    "WAITING": "waiting",
    "RETRYING": "retrying",
    "SUCCEEDED": "succeeded",
    "FAILED": "failed",
    "OUTCOME_UNKNOWN": "failed",
    "SKIPPED": "skipped",
    "CANCELLED": "cancelled",
}


_FAILED = {"hold": "HELD", "retry": "RETRYING"}


def _keys(event: Happened) -> Iterable[Key]:
    yield JOBS_TABLE, event.stream.int, False
    if event.topic in ("job.message_received.v1", "job.message_taken.v1"):
        yield (
            JOB_MESSAGES_TABLE,
            (event.stream.int, event.event["message_id"]),
            event.topic == "job.message_received.v1",
        )
    if event.run is None:
        return
    begins, table = event.topic in BEGINNINGS, _table(event)
    yield table, (event.stream.int, event.run), begins
    if event.topic == "job.task_started.v1" and (before := attempt_before(event.event["run"])) is not None:
        yield table, (event.stream.int, before), False
    if event.item is not None or event.topic == "job.items_began.v1":
        yield FOR_EACH_TABLE, (event.stream.int, event.event["run"]["task"]), False


def _started(rows: Rows, event: Happened) -> None:
    said = event.event
    parent = said.get("parent")
    job = JobRow(
        job_id=event.stream,
        workspace_id=event.workspace,
        position=event.position,
        version=event.version,
        last_position=event.position,
        workflow_id=UUID(said["workflow_id"]),
        workflow_version=said["workflow_version"],
        graph=said["graph"],
        rules=said["rules"],
        mode=said.get("mode", "job"),
        source=said["source"],
        started_by=event.actor,
        started_at=event.at,
        title=said.get("title"),
        due_at=moment_in(said, "due_at"),
        tags=tuple(said.get("tags") or ()),
        words=words_of(said.get("title")),
        priority=said.get("priority", "normal"),
        business_key=said.get("business_key"),
        parent_job_id=None if parent is None else UUID(parent["job_id"]),
        parent_run=None if parent is None else run_text(parent["run"]),
    )
    if (fork := said.get("fork_of")) is not None:
        job.fork_of, job.fork_version = UUID(fork["job_id"]), fork["version"]
        job.fork_task, job.fork_item, job.fork_reason = fork["task"], fork.get("item"), fork["reason"]
    rows.add(JOBS_TABLE, job)
    for label in label_rows(job):
        rows.add(JOB_LABELS_TABLE, label)


def _on_job(change: Callable[[JobRow, Happened], None]) -> Apply:
    def apply(rows: Rows, event: Happened) -> None:
        job = _job(rows, event)
        change(job, event)
        rows.put(JOBS_TABLE, job)
        _move_job(rows, job, event)

    return apply


def _on_run(change: Callable[[JobTaskRow, Happened], None], written: Callable[..., None] = Rows.put) -> Apply:
    def apply(rows: Rows, event: Happened) -> None:
        job = _job(rows, event)
        table = _table(event)
        task: JobTaskRow | None = rows.get(table, (event.stream.int, event.run))
        if task is None:
            raise RowMissing(table.name, (event.stream, event.run))
        counted = _counted(rows, event, job)
        for each in counted:
            _count(each, task, -1)
        change(task, event)
        for each in counted:
            if each is job or event.topic not in AGAIN:
                _count(each, task, 1)
        written(rows, table, task)
        _move_job(rows, job, event)

    return apply


def _task_started(rows: Rows, event: Happened) -> None:
    run, due_at = event.event["run"], event.event.get("due_at")
    task = _task_row(event, event.run or "", run, "RUNNING")
    task.started_at = event.at
    task.due_at = None if due_at is None else datetime.fromisoformat(due_at)
    _end_retrying(rows, event)
    _put_new(rows, task, event, Rows.add)


def _end_retrying(rows: Rows, event: Happened) -> None:
    """The attempt before the one that starts is one that failed, and nothing more."""
    before, table = attempt_before(event.event["run"]), _table(event)
    task: JobTaskRow | None = None if before is None else rows.get(table, (event.stream.int, before))
    if task is None or task.status != "RETRYING":
        return
    job = _job(rows, event)
    for each in _counted(rows, event, job):
        _count(each, task, -1)
    task.status, task.due_at = "FAILED", None
    _count(job, task, 1)
    rows.move(table, task)
    rows.move(JOBS_TABLE, job)


def _items_began(rows: Rows, event: Happened) -> None:
    run, items = event.event["run"], event.event["items"]
    task = _task_row(event, run_text(run), run, "RUNNING")
    task.started_at, task.items = event.at, items
    _put_new(rows, task, event)
    known: ForEachRow | None = rows.get(FOR_EACH_TABLE, (event.stream.int, run["task"]))
    succeeded = 0 if known is None else known.succeeded
    rows.put(FOR_EACH_TABLE, ForEachRow(event.stream, run["task"], items, succeeded=succeeded))


def _items_ended(task: JobTaskRow, event: Happened) -> None:
    _end(task, event, "SUCCEEDED")
    task.outcome_version = event.version


def _task_skipped(rows: Rows, event: Happened) -> None:
    said = event.event
    run = {"task": said["task"], "item": said.get("item")}
    task = _task_row(event, run_text(run).partition("#")[0], run, "SKIPPED")
    task.ended_at = event.at
    task.skipped_because, task.skipped_input = said["because"], said.get("input")
    _put_new(rows, task, event)


def _task_runner_lost(task: JobTaskRow, event: Happened) -> None:
    task.losses = event.event["losses"]


def _task_wait_began(task: JobTaskRow, event: Happened) -> None:
    said = event.event
    task.status, task.waits_for = "WAITING", said["waits_for"]
    task.review_id = None if said.get("review_id") is None else UUID(said["review_id"])
    task.child_id = None if said.get("child_id") is None else UUID(said["child_id"])
    if said.get("due_at") is not None:
        task.due_at = datetime.fromisoformat(said["due_at"])


def _message_taken(rows: Rows, event: Happened) -> None:
    message_id = event.event["message_id"]
    message: JobMessageRow | None = rows.get(JOB_MESSAGES_TABLE, (event.stream.int, message_id))
    if message is None:
        raise RowMissing(JOB_MESSAGES_TABLE.name, (event.stream, message_id))
    message.taken_by, message.taken_version, message.taken_at = event.run, event.version, event.at
    rows.put(JOB_MESSAGES_TABLE, message)
    _run_resumed(rows, event)


def _message_received(rows: Rows, event: Happened) -> None:
    said = event.event
    message = JobMessageRow(
        job_id=event.stream,
        message_id=said["message_id"],
        position=event.position,
        version=event.version,
        name=said["name"],
        sent_by=event.actor,
        received_at=event.at,
    )
    rows.add(JOB_MESSAGES_TABLE, message)
    _unchanged(rows, event)


def _credential_opened(rows: Rows, event: Happened) -> None:
    said = event.event
    use = CredentialUseRow(
        job_id=event.stream,
        version=event.version,
        workspace_id=event.workspace,
        credential_id=UUID(said["credential_id"]),
        position=event.position,
        run=run_text(said["run"]),
        task=said["run"]["task"],
        revision=said["revision"],
        at=event.at,
    )
    rows.add(CREDENTIAL_USES_TABLE, use)
    _unchanged(rows, event)


def _task_resumed(task: JobTaskRow, _: Happened) -> None:
    task.status, task.waits_for = "RUNNING", None


_run_resumed = _on_run(_task_resumed, Rows.move)


def _task_succeeded(task: JobTaskRow, event: Happened) -> None:
    _end(task, event, "SUCCEEDED")
    task.route, task.outcome_version = event.event["facts"].get("route"), event.version


def _task_reused(rows: Rows, event: Happened) -> None:
    run = event.event["run"]
    task = _task_row(event, run_text(run), run, "SUCCEEDED")
    task.reused_of, task.outcome_version, task.ended_at = event.event["of"], event.version, event.at
    task.route = event.event["facts"].get("route")
    _put_new(rows, task, event)


def _round_ended(task: JobTaskRow, event: Happened) -> None:
    _end(task, event, "SUCCEEDED")
    task.outcome_version = event.version


def _task_failed(task: JobTaskRow, event: Happened) -> None:
    said = event.event
    _end(task, event, _FAILED.get(said["then"], "FAILED"), held=said["then"] == "hold")
    if said.get("retry_at") is not None:
        task.due_at = datetime.fromisoformat(said["retry_at"])
    task.error, task.policy, task.outcome_version = said["error"], said["then"], event.version


def _task_outcome_unknown(task: JobTaskRow, event: Happened) -> None:
    said = event.event
    _end(task, event, "OUTCOME_UNKNOWN", held=said["then"] == "hold")
    task.error, task.policy, task.outcome_version = said["error"], said["then"], event.version


def _task_retried(task: JobTaskRow, event: Happened) -> None:
    # The attempt stays what it was, failed or of unknown outcome; the next one has a row of its own.
    task.held, task.reason = False, event.event.get("reason")
    if task.status in ("HELD", "RETRYING"):
        task.status, task.due_at = "FAILED", None


def _task_corrected(task: JobTaskRow, event: Happened) -> None:
    _end(task, event, "SUCCEEDED")
    task.corrected, task.reason, task.error = True, event.event["reason"], None
    task.route, task.outcome_version = event.event["facts"].get("route"), event.version


def _task_given_up(task: JobTaskRow, event: Happened) -> None:
    task.status, task.held, task.due_at, task.reason = "FAILED", False, None, event.event.get("reason")


def _task_cancelled(task: JobTaskRow, event: Happened) -> None:
    _end(task, event, "CANCELLED")


def _unchanged(rows: Rows, event: Happened) -> None:
    """The job and its runs go on as they did."""
    _move_job(rows, _job(rows, event), event)


def _paused(job: JobRow, event: Happened) -> None:
    job.paused_at, job.pause_reason = event.at, event.event["reason"]


def _resumed(job: JobRow, _event: Happened) -> None:
    job.paused_at, job.pause_reason = None, None


def _ending_began(job: JobRow, event: Happened) -> None:
    said = event.event
    job.paused_at, job.pause_reason = None, None
    job.ending, job.error, job.reason = said["outcome"], said.get("error"), said.get("reason")
    job.failed_run = None if said.get("failed_run") is None else run_text(said["failed_run"])


def _completed(rows: Rows, event: Happened) -> None:
    job = _job(rows, event)
    job.status, job.ended_at = "COMPLETED", event.at
    _move_job(rows, job, event)


def _ended(status: str) -> Callable[[JobRow, Happened], None]:
    def end(job: JobRow, event: Happened) -> None:
        said = event.event
        job.status, job.ended_at = status, event.at
        job.error = said.get("error", job.error)
        job.reason = said.get("reason", job.reason)
        if said.get("failed_run") is not None:
            job.failed_run = run_text(said["failed_run"])

    return end


def _job(rows: Rows, event: Happened) -> JobRow:
    job: JobRow | None = rows.get(JOBS_TABLE, event.stream.int)
    if job is None:
        raise RowMissing(JOBS_TABLE.name, event.stream)
    return job


def _move_job(rows: Rows, job: JobRow, event: Happened) -> None:
    job.version, job.last_position = event.version, event.position
    if job.ended_at is None:
        job.status = _status(job)
    rows.move(JOBS_TABLE, job)


def _status(job: JobRow) -> str:
    if job.running or (job.ending is not None and not job.compensating):
        return "IN_PROGRESS"
    if job.waiting or job.held or job.retrying or job.paused_at is not None:
        return "WAITING"
    # Between the events of one unit, which a batch may part.
    return "IN_PROGRESS" if job.succeeded or job.failed or job.skipped or job.cancelled else "PENDING"


def _task_row(event: Happened, text: str, run: dict[str, Any], status: str) -> JobTaskRow:
    return JobTaskRow(
        job_id=event.stream,
        run=text,
        position=event.position,
        version=event.version,
        task=run["task"],
        item=run.get("item"),
        round=run.get("round", 1),
        attempt=run.get("attempt", 1),
        status=status,
    )


def _put_new(rows: Rows, task: JobTaskRow, event: Happened, written: Callable[..., None] = Rows.put) -> None:
    job = _job(rows, event)
    job.compensating = job.compensating or (job.ending is not None and task.status == "RUNNING")
    for each in _counted(rows, event, job):
        _count(each, task, 1)
    written(rows, _table(event), task)
    _move_job(rows, job, event)


def _end(task: JobTaskRow, event: Happened, status: str, *, held: bool = False) -> None:
    task.status, task.held, task.ended_at, task.due_at = status, held, event.at, None


def _table(event: Happened) -> Table[Any]:
    return JOB_TASKS_TABLE if event.item is None else JOB_ITEMS_TABLE


def _counted(rows: Rows, event: Happened, job: JobRow) -> list[JobRow | ForEachRow]:
    """Whose counts an event of a run changes: the job's and, of an item, its for-each's."""
    if event.item is None:
        return [job]
    task = event.event["run"]["task"]
    whole: ForEachRow | None = rows.get(FOR_EACH_TABLE, (event.stream.int, task))
    if whole is None:
        raise RowMissing(FOR_EACH_TABLE.name, (event.stream, task))
    rows.put(FOR_EACH_TABLE, whole)
    return [job, whole]


def _count(job: JobRow | ForEachRow, task: JobTaskRow, step: int) -> None:
    if task.items is not None and task.status == "RUNNING":
        return  # What runs are its items.
    name = "held" if task.held else _COUNTS[task.status]
    setattr(job, name, getattr(job, name) + step)


JOBS = ReadModel(
    name="jobs",
    version=4,
    tables=(
        JOBS_TABLE,
        JOB_TASKS_TABLE,
        JOB_ITEMS_TABLE,
        FOR_EACH_TABLE,
        JOB_MESSAGES_TABLE,
        JOB_LABELS_TABLE,
        CREDENTIAL_USES_TABLE,
    ),
    keys=_keys,
    appliers={
        "job.started.v1": _started,
        "job.paused.v1": _on_job(_paused),
        "job.resumed.v1": _on_job(_resumed),
        "job.children_paused.v1": _unchanged,
        "job.children_resumed.v1": _unchanged,
        "job.task_started.v1": _task_started,
        "job.items_began.v1": _items_began,
        "job.items_ended.v1": _on_run(_items_ended),
        "job.task_runner_lost.v1": _on_run(_task_runner_lost),
        "job.task_worker_lost.v1": _on_run(_task_runner_lost),
        "job.task_effect_began.v1": _unchanged,
        "job.task_credential_opened.v1": _credential_opened,
        "job.task_outcome_unknown.v1": _on_run(_task_outcome_unknown),
        "job.task_wait_began.v1": _on_run(_task_wait_began, Rows.move),
        "job.message_received.v1": _message_received,
        "job.message_taken.v1": _message_taken,
        "job.child_ended.v1": _run_resumed,
        "job.round_ended.v1": _on_run(_round_ended),
        "job.task_succeeded.v1": _on_run(_task_succeeded, Rows.move),
        "job.task_reused.v1": _task_reused,
        "job.task_failed.v1": _on_run(_task_failed),
        "job.task_retried.v1": _on_run(_task_retried),
        "job.task_corrected.v1": _on_run(_task_corrected),
        "job.task_given_up.v1": _on_run(_task_given_up),
        "job.task_skipped.v1": _task_skipped,
        "job.task_cancelled.v1": _on_run(_task_cancelled),
        "job.ending_began.v1": _on_job(_ending_began),
        "job.completed.v1": _completed,
        "job.failed.v1": _on_job(_ended("FAILED")),
        "job.cancelled.v1": _on_job(_ended("CANCELLED")),
        "job.timed_out.v1": _on_job(_ended("TIMED_OUT")),
    },
)
