"""Keeps the times of the schedules of this runner's shards. A timer only asks; the log decides, once, what becomes of a time."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from domain.jobs.shard import shard
from domain.refusals import Refusal
from domain.schedules.commands import KeepTime
from domain.schedules.decide import job_of
from domain.schedules.due import find_due
from domain.schedules.state import Active, Schedule
from event_store.blobs import BlobDamaged, BlobMissing
from event_store.dispatch import Dispatch
from event_store.drafting import Written
from event_store.mapper import UnreadableEvent
from event_store.reader import Reader
from event_store.units import Origin, Record, StoreUnavailable
from projections.schedules import read_due_schedules
from projections.views import Views
from runner.scheduled_starts import ScheduledStarts, failure
from runner.sending import Sending
from runner.shards import Shards
from runner.timers import HORIZON, Timers

ASKED_IN_A_ROW_MAX = 20
"""After so many times of one schedule that is behind, the others have their turn."""
KEEP_AGAIN = timedelta(seconds=5)
POSITIONS_AT_ONCE_MAX = 100_000

_NO_RUN = ""
_STREAMS: Final = (
    "select distinct originator_id, workspace from stored_events"
    " where notification_id > %b and notification_id <= %b and topic like 'schedule.%%'"
)

_log = logging.getLogger(__name__)


class KeepingTime:
    """The timers of schedules: filled by what is written, by what others write, and by what is found in shards that were taken."""

    def __init__(
        self,
        *,
        dispatch: Dispatch,
        sending: Sending,
        shards: Shards,
        starts: ScheduledStarts,
        reader: Reader,
        views: Views,
    ) -> None:
        self._dispatch = dispatch
        self._sending = sending
        self._shards = shards
        self._starts = starts
        self._reader = reader
        self._views = views
        self.timers = Timers(self._keep)

    def written(self, written: Written) -> None:
        """What this runner just committed: the next time of the schedule is waited for."""
        if written.subject == "schedule":
            self._put(written.stream, written.state, written.workspace)

    async def woken(self, schedule_id: UUID, records: list[Record]) -> None:
        """What someone else wrote to a schedule, marked for its owner."""
        await self._look(schedule_id, records[0].workspace)

    async def survey(self, shards: Collection[int]) -> None:
        """Has what is due in shards waited for: by the read model, and by the log beyond it, however far it lags."""
        due = await read_due_schedules(self._views, sorted(shards), datetime.now(UTC) + HORIZON)
        for row in due.schedules:
            if row.next_at is not None:
                self.timers.put(row.next_at, row.schedule_id, _NO_RUN, row.workspace_id)
        after, last = due.position, await self._reader.last_position()
        while after < last:
            until = min(after + POSITIONS_AT_ONCE_MAX, last)
            for schedule_id, workspace in await self._reader.rows(_STREAMS, (after, until)):
                await self._look(schedule_id, workspace)
            after = until

    async def _look(self, schedule_id: UUID, workspace: UUID) -> None:
        if shard(schedule_id) not in self._shards.mine:
            return
        try:
            schedule, _ = await self._dispatch.load("schedule", schedule_id, workspace)
        except UnreadableEvent as error:
            _log.error("schedule %s is left alone, for it cannot be read: %s", schedule_id, error)
        else:
            self._put(schedule_id, schedule, workspace)

    def _put(self, schedule_id: UUID, schedule: Schedule, workspace: UUID) -> None:
        if not isinstance(schedule, Active) or shard(schedule_id) not in self._shards.mine:
            return
        if schedule.next_at is not None:
            self.timers.put(schedule.next_at, schedule_id, _NO_RUN, workspace)

    async def _keep(self, schedule_id: UUID, _run: str, workspace: UUID) -> None:
        """Has told what became of the times that have come."""
        try:
            for _ in range(ASKED_IN_A_ROW_MAX):
                if not await self._ask(schedule_id, workspace):
                    return
            await self._look(schedule_id, workspace)
        except (UnreadableEvent, BlobMissing, BlobDamaged) as error:
            _log.error("schedule %s is left alone, for it cannot be read: %s", schedule_id, error)
        except (StoreUnavailable, OSError) as error:
            _log.warning("the times of schedule %s are kept later: %s", schedule_id, error)
            self.timers.put(datetime.now(UTC) + KEEP_AGAIN, schedule_id, _NO_RUN, workspace)
        except Exception:  # noqa: BLE001 - a bug that one schedule meets must not take the others along
            _log.exception("keeping the times of schedule %s broke", schedule_id)

    async def _ask(self, schedule_id: UUID, workspace: UUID) -> bool:
        """Asks for what is due, made ready; tells whether there may be more."""
        if shard(schedule_id) not in self._shards.mine:
            return False
        schedule: Schedule
        schedule, _ = await self._dispatch.load("schedule", schedule_id, workspace)
        at = datetime.now(UTC)
        if not isinstance(schedule, Active) or schedule.next_at is None or schedule.next_at > at:
            self._put(schedule_id, schedule, workspace)
            return False
        known, time = schedule.known, find_due(schedule, at).time
        command = KeepTime(
            at=at,
            schedule_id=schedule_id,
            edition=known.edition,
            time=time,
            start=None if time is None else await self._starts.ready(known, time, workspace),
            still_running=None if time is None else await self._starts.still_running(known),
        )
        try:
            await self._send(command, known.member_id, workspace)
        except Refusal as refusal:  # The job itself refused to start: that is what became of the time.
            if time is None:
                raise
            refused = replace(command, start=failure(refusal))
            await self._send(refused, known.member_id, workspace)
        return True

    async def _send(self, command: KeepTime, member_id: UUID, workspace: UUID) -> None:
        """Sends in the schedule's own name; what it starts may lie in another shard, which must not be given up meanwhile."""
        origin = Origin(
            actor=f"schedule:{command.schedule_id}", workspace=workspace, on_behalf_of=f"member:{member_id}"
        )
        if command.time is None:
            await self._sending.send(command, workspace, shard(command.schedule_id), origin=origin)
            return
        job_id = job_of(command.schedule_id, command.time)
        await self._sending.send(command, workspace, shard(command.schedule_id), shard(job_id), origin=origin)
        if shard(job_id) not in self._shards.mine:
            self._dispatch.forget("job", job_id)  # Whoever holds its shard goes on with it.
