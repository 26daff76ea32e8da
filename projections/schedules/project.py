"""How the events of schedules change the rows of the read model `schedules`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.jobs.shard import shard
from projections.happened import Happened
from projections.model import Apply, Key, ReadModel, RowMissing
from projections.rows import Rows
from projections.schedules.rows import SCHEDULE_TIMES_TABLE, SCHEDULES_TABLE, ScheduleRow, ScheduleTimeRow


def _keys(event: Happened) -> Iterable[Key]:
    yield SCHEDULES_TABLE, event.stream.int, event.version == 1


def _created(rows: Rows, event: Happened) -> None:
    said = event.event
    row = ScheduleRow(
        schedule_id=event.stream,
        workspace_id=event.workspace,
        shard=shard(event.stream),
        position=event.position,
        version=event.version,
        last_position=event.position,
        edition=1,
        name=said["name"],
        status="ACTIVE",
        workflow_id=UUID(said["plan"]["workflow_id"]),
        plan=said["plan"],
        member_id=UUID(said["member_id"]),
        created_by=event.actor,
        created_at=event.at,
        changed_at=event.at,
        next_at=datetime.fromisoformat(said["next_at"]),
    )
    rows.put(SCHEDULES_TABLE, row)


def _by_a_person(change: Callable[[ScheduleRow, Happened], None]) -> Apply:
    def apply(rows: Rows, event: Happened) -> None:
        schedule = _schedule(rows, event)
        change(schedule, event)
        schedule.edition += 1
        schedule.changed_at = event.at
        _put(rows, schedule, event)

    return apply


def _changed(schedule: ScheduleRow, event: Happened) -> None:
    said = event.event
    schedule.plan, schedule.member_id = said["plan"], UUID(said["member_id"])
    schedule.workflow_id = UUID(said["plan"]["workflow_id"])
    if schedule.status != "PAUSED":
        _come_next(schedule, event)


def _paused(schedule: ScheduleRow, event: Happened) -> None:
    schedule.status, schedule.next_at, schedule.reason = "PAUSED", None, event.event.get("reason")


def _resumed(schedule: ScheduleRow, event: Happened) -> None:
    schedule.reason = None
    _come_next(schedule, event)


def _removed(schedule: ScheduleRow, event: Happened) -> None:
    schedule.status, schedule.next_at, schedule.reason = "REMOVED", None, event.event.get("reason")


def _time_came(rows: Rows, event: Happened) -> None:
    schedule = _schedule(rows, event)
    schedule.started += 1
    time = _moment(event, "time")
    _tell(rows, event, "STARTED", (time, time), job_id=UUID(event.event["job_id"]))
    _come_next(schedule, event)
    _put(rows, schedule, event)


def _times_missed(rows: Rows, event: Happened) -> None:
    schedule, said = _schedule(rows, event), event.event
    schedule.missed += said["count"] or 0
    job_id = None if said.get("job_id") is None else UUID(said["job_id"])
    span = _moment(event, "first"), _moment(event, "last")
    _tell(rows, event, "MISSED", span, count=said["count"], because=said["because"], job_id=job_id)
    _come_next(schedule, event)
    _put(rows, schedule, event)


def _start_refused(rows: Rows, event: Happened) -> None:
    schedule = _schedule(rows, event)
    schedule.refused += 1
    time = _moment(event, "time")
    _tell(rows, event, "REFUSED", (time, time), error=event.event["error"])
    _come_next(schedule, event)
    _put(rows, schedule, event)


def _tell(rows: Rows, event: Happened, outcome: str, span: tuple[datetime, datetime], **others: Any) -> None:
    row = ScheduleTimeRow(
        schedule_id=event.stream,
        version=event.version,
        workspace_id=event.workspace,
        position=event.position,
        outcome=outcome,
        first_at=span[0],
        last_at=span[1],
        told_at=event.at,
        **{"count": 1, **others},
    )
    rows.put(SCHEDULE_TIMES_TABLE, row)


def _moment(event: Happened, name: str) -> datetime:
    return datetime.fromisoformat(event.event[name])


def _come_next(schedule: ScheduleRow, event: Happened) -> None:
    next_at = event.event["next_at"]
    schedule.next_at = None if next_at is None else datetime.fromisoformat(next_at)
    schedule.status = "ENDED" if next_at is None else "ACTIVE"


def _schedule(rows: Rows, event: Happened) -> ScheduleRow:
    schedule: ScheduleRow | None = rows.get(SCHEDULES_TABLE, event.stream.int)
    if schedule is None:
        raise RowMissing(SCHEDULES_TABLE.name, event.stream)
    return schedule


def _put(rows: Rows, schedule: ScheduleRow, event: Happened) -> None:
    schedule.version, schedule.last_position = event.version, event.position
    rows.put(SCHEDULES_TABLE, schedule)


SCHEDULES = ReadModel(
    name="schedules",
    version=1,
    tables=(SCHEDULES_TABLE, SCHEDULE_TIMES_TABLE),
    keys=_keys,
    appliers={
        "schedule.created.v1": _created,
        "schedule.changed.v1": _by_a_person(_changed),
        "schedule.paused.v1": _by_a_person(_paused),
        "schedule.resumed.v1": _by_a_person(_resumed),
        "schedule.removed.v1": _by_a_person(_removed),
        "schedule.time_came.v1": _time_came,
        "schedule.times_missed.v1": _times_missed,
        "schedule.start_refused.v1": _start_refused,
    },
)
