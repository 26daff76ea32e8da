"""The read model `schedules`: what jobs start by themselves, when, and what became of the times that came."""

from projections.schedules.queries import (
    ALL_IN_USE,
    IN_USE,
    SCHEDULE_STATUSES,
    DueSchedules,
    ScheduleFilter,
    find_schedules,
    last_times,
    list_schedule_times,
    list_schedules,
    read_due_schedules,
)
from projections.schedules.rows import ScheduleRow, ScheduleTimeRow

__all__ = [
    "ALL_IN_USE",
    "IN_USE",
    "SCHEDULE_STATUSES",
    "DueSchedules",
    "ScheduleFilter",
    "ScheduleRow",
    "ScheduleTimeRow",
    "find_schedules",
    "last_times",
    "list_schedule_times",
    "list_schedules",
    "read_due_schedules",
]
