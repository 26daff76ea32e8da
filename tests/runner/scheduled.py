"""What tests of schedules work on: a workspace with someone who may start jobs, an active workflow, and what became of its times."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from domain.events import Event
from domain.ids import RANDOM_BYTES, uuid7
from domain.jobs.events import JobStarted
from domain.schedules.commands import CreateSchedule
from domain.schedules.events import Plan, ScheduleStartRefused, ScheduleTimeCame, ScheduleTimesMissed
from domain.schedules.rules import IntervalRule
from domain.workflows import commands as ask
from domain.workflows.compile import compile_design
from domain.workflows.operations import Operation
from domain.workspaces.commands import AddMember, OpenWorkspace
from event_store.envelope import read_envelope
from event_store.units import Origin
from tests.domain.workflows.drawn import decision, design, link, review, takes, variable
from tests.runner.stage import Stage

QUICK: tuple[Operation, ...] = (takes("value"), decision("sure", variable("x")), link("inputs.value", "sure.x"))
"""A workflow whose jobs end at once."""
LONG: tuple[Operation, ...] = (*QUICK, review("approve", "sure"))
"""A workflow whose jobs wait for a reviewer."""


def new_id() -> UUID:
    """An id of a new root."""
    return uuid7(datetime.now(UTC), os.urandom(RANDOM_BYTES))


@dataclass
class Scheduled:
    """The schedules of a stage, created as the API does."""

    stage: Stage
    member: UUID = field(default_factory=uuid4)

    @property
    def origin(self) -> Origin:
        """The member, as envelopes say it."""
        return Origin(actor=f"member:{self.member}", workspace=self.stage.workspace)

    async def send(self, command: Any) -> int:
        """Sends a command of the member; gives the position of what was written."""
        return (await self.stage.system.dispatch.send(command, self.origin)).position

    async def open(self, *roles: str) -> None:
        """The workspace, and the member with these roles."""
        at, workspace = datetime.now(UTC), self.stage.workspace
        await self.send(OpenWorkspace(at=at, workspace_id=workspace, organization_id=uuid4(), name="Lab"))
        member = AddMember(
            at=at, workspace_id=workspace, member_id=self.member, name="Ann", roles=roles or ("builder",)
        )
        await self.send(member)

    async def workflow(self, operations: Sequence[Operation] = QUICK) -> UUID:
        """A workflow that is active."""
        workflow_id, at = new_id(), datetime.now(UTC)
        await self.send(
            ask.CreateWorkflow(
                at=at, workflow_id=workflow_id, member_id=self.member, name="Report", operations=tuple(operations)
            )
        )
        await self.activate(workflow_id, operations)
        return workflow_id

    async def activate(self, workflow_id: UUID, operations: Sequence[Operation]) -> None:
        """Activates the draft that these operations have drawn."""
        stored = await self.stage.store_graph(compile_design(design(*operations)))
        await self.send(ask.ActivateWorkflow(at=datetime.now(UTC), workflow_id=workflow_id, graph=stored))

    async def create(self, workflow_id: UUID, at: datetime | None = None, **others: Any) -> UUID:
        """A schedule that was created at a moment, now unless told."""
        schedule_id, at = new_id(), at or datetime.now(UTC)
        said = {
            "workflow_id": workflow_id,
            "inputs": {"value": "x"},
            "rule": IntervalRule(seconds=1, anchor=at),
            "late_seconds": 60,
            "missed": "skip",
            "missed_max": 10,
            "overlap": "allow",
        }
        plan = Plan(**{**said, **others})
        await self.send(CreateSchedule(at=at, schedule_id=schedule_id, name="R", plan=plan, member_id=self.member))
        return schedule_id

    async def told(self, schedule_id: UUID) -> list[Event]:
        """What became of its times until now."""
        kinds = (ScheduleTimeCame, ScheduleTimesMissed, ScheduleStartRefused)
        return [event for event in await self.stage.events(schedule_id) if isinstance(event, kinds)]

    async def has_told(self, schedule_id: UUID, count: int) -> bool:
        """Whether so many things became of its times."""
        return len(await self.told(schedule_id)) >= count

    async def assert_each_started_once(self, schedule_id: UUID) -> list[ScheduleTimeCame]:
        """Each time that came has its one job, written in the same unit right behind it; and no job has no time."""
        came = [event for event in await self.told(schedule_id) if isinstance(event, ScheduleTimeCame)]
        assert len({event.time for event in came}) == len({event.job_id for event in came}) == len(came)
        records = {record.version: record for record in await self.stage.system.reader.read_stream(schedule_id)}
        found = {}
        for event in came:
            (first, *_) = await self.stage.system.reader.read_stream(event.job_id)
            envelope, start = self.stage.system.mapper.opened(first)
            assert isinstance(start, JobStarted)
            assert (start.source, envelope.actor) == ("schedule", f"schedule:{schedule_id}")
            assert envelope.on_behalf_of == start.on_behalf_of == f"member:{self.member}"
            stream, _, version = (envelope.cause or "").partition(":")
            cause = records[int(version)]
            assert UUID(stream) == schedule_id
            assert first.position == cause.position + 1
            assert read_envelope(cause.state).actor == envelope.actor
            found[int(version)] = event
        assert len(found) == len(came)
        assert await self.stage.count(JobStarted) == await self.stage.count(ScheduleTimeCame)
        return came
