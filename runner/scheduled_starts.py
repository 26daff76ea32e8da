"""Makes ready the job of a schedule's time: the version that is active now, and the inputs, checked against it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from domain.jobs.events import JobCancelled, JobCompleted, JobFailed, JobTimedOut
from domain.jobs.facts import facts
from domain.jobs.inputs import misfits, wrong_inputs
from domain.jobs.refusals import JobInputsWrong
from domain.jobs.run import Failure
from domain.refusals import Refusal
from domain.schedules.commands import Start
from domain.schedules.events import Plan
from domain.schedules.state import Known
from domain.schedules.titles import inputs_at
from domain.values import BLOB, Value, is_wrapper
from domain.workflows.starting import version_to_start
from domain.workspaces.permissions import permitted
from domain.workspaces.refusals import MemberNotFound, PermissionMissing
from domain.workspaces.state import Opened, Workspace
from event_store.blobs import BlobDamaged, BlobMissing
from event_store.dispatch import Dispatch
from event_store.reader import Reader
from runner.values import GraphOf, OpenValue

STARTING = "job:start"
CONTENT_LOST = "CONTENT_LOST"
DETAILS_MAX = 20

_ENDS: Final = [event.wire for event in (JobCompleted, JobFailed, JobCancelled, JobTimedOut)]
_LAST_TOPIC: Final = "select topic from stored_events where originator_id = %b order by originator_version desc limit 1"


class ScheduledStarts:
    """Looks up what a start needs. A start that must be refused is a failure that can be recorded."""

    def __init__(self, *, dispatch: Dispatch, reader: Reader, graph_of: GraphOf, open_value: OpenValue) -> None:
        self._dispatch = dispatch
        self._reader = reader
        self._graph_of = graph_of
        self._open_value = open_value

    async def ready(self, known: Known, time: datetime, workspace: UUID) -> Start | Failure:
        """The start of the job of a time, or why there is none."""
        try:
            await self._check_member(known.member_id, workspace)
            return await self._start(known.plan, time, workspace)
        except Refusal as refusal:
            return failure(refusal)
        except (BlobMissing, BlobDamaged) as lost:
            return Failure(code=CONTENT_LOST, message=str(lost))

    async def still_running(self, known: Known) -> UUID | None:
        """The job of the time before, where it has not ended and the plan lets none overlap."""
        if known.plan.overlap == "allow" or known.last_job is None:
            return None
        found = await self._reader.rows(_LAST_TOPIC, (known.last_job,))
        return known.last_job if found and found[0][0] not in _ENDS else None

    async def _check_member(self, member_id: UUID, workspace_id: UUID) -> None:
        """Jobs start on behalf of someone who is still here and may still start them."""
        workspace: Workspace
        workspace, _ = await self._dispatch.load("workspace", workspace_id, workspace_id)
        member = workspace.members.get(member_id) if isinstance(workspace, Opened) else None
        if member is None:
            raise MemberNotFound(member_id=member_id)
        if STARTING not in permitted(member.roles):
            raise PermissionMissing(permission=STARTING, member_id=member_id)

    async def _start(self, plan: Plan, time: datetime, workspace: UUID) -> Start:
        workflow, _ = await self._dispatch.load("workflow", plan.workflow_id, workspace)
        version = version_to_start(workflow, plan.workflow_id)
        graph = await self._graph_of(workspace, version.graph)
        inputs = inputs_at(plan, time)
        whole = {name: await self._whole(workspace, value) for name, value in inputs.items()}
        if details := wrong_inputs(graph, whole, misfits(graph.inputs, whole, "input")):
            raise JobInputsWrong(inputs=", ".join(detail.path for detail in details), details=details)
        return Start(version.number, version.graph, inputs, facts(graph, None, whole))

    async def _whole(self, workspace: UUID, value: Value) -> Value:
        return await self._open_value(workspace, value) if is_wrapper(value) and BLOB in value else value


def failure(refusal: Refusal) -> Failure:
    """A refusal as it is recorded."""
    said: Sequence[str] = [detail.message for detail in refusal.details[:DETAILS_MAX]]
    return Failure(code=refusal.code, message=refusal.message, details=list(said) or None)
