"""What schedules offer to the dispatch."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain.events import Event
from domain.jobs.commands import StartJob
from domain.schedules.decide import decide
from domain.schedules.events import ScheduleTimeCame
from domain.schedules.state import INITIAL, NoSchedule, Schedule, evolve
from domain.subject import Command, Subject


def reactions(_: UUID, event: Event, at: datetime, schedule: Schedule) -> Iterable[Command]:
    """The job of a time starts in the same unit as the time comes: neither can be without the other."""
    if not isinstance(event, ScheduleTimeCame):
        return ()
    start = StartJob(
        at=at,
        job_id=event.job_id,
        workflow_id=event.workflow_id,
        workflow_version=event.workflow_version,
        graph=event.graph,
        source="schedule",
        title=event.title,
        inputs=event.inputs,
        facts=event.facts,
        on_behalf_of=None if isinstance(schedule, NoSchedule) else f"member:{schedule.known.member_id}",
    )
    return (start,)


SCHEDULES = Subject(
    name="schedule",
    initial=lambda _: INITIAL,
    decide=decide,
    evolve=evolve,
    reactions=reactions,
    owned=True,
)
"""Schedules, as the dispatch uses them."""
