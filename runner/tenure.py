"""What a runner is while one session lives: it holds shards there, appends there, and drops everything with it.

Taking a shard: lock it, call it ours, then read what is open in it; what is written meanwhile comes as a wake. Giving it up: perform
nothing new of it, lock the runs still under way, let what is on its way be committed, then unlock it.

The order of leaving, when told to stop: no longer count as live; take and start nothing new; give every shard up, so that others go
on with their jobs; let the actions still running end and report, for a while; cancel the rest, which are performed again by the new
owners; write what waits in the journal; close the session, and with it the last locks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Mapping
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from domain.credentials.state import Credential
from domain.jobs.commands import ContinueEnding, PassPauseOn
from domain.jobs.run import Run
from domain.jobs.state import Job
from event_store.mapper import UnreadableEvent
from event_store.session import Session
from event_store.signing_keys import SigningKeys
from event_store.units import SessionLost, StoreUnavailable
from runner.acting import Acting
from runner.actions.contract import Action
from runner.budgets import Budgets
from runner.callback_body import CallbackBodies
from runner.calling_back import CallingBack
from runner.credential_tests.awaited import AwaitedTests
from runner.credential_tests.of_previews import PreviewTests
from runner.credential_tests.registry import TESTERS
from runner.credential_tests.trying import Trying
from runner.credentials import Credentials
from runner.examining import Examining
from runner.expiring import Expiring
from runner.external.aligning import Aligning
from runner.external.offering import Offering
from runner.external.recording import Recording
from runner.external.rows import Rows
from runner.following import Following
from runner.holding import Holding
from runner.keepable import Keepable
from runner.keeping_time import KeepingTime
from runner.kept_outputs import KeptOutputs
from runner.performance import Performance, Stopped
from runner.performing import CANCEL_GRACE_SECONDS, Performing
from runner.previews import Previews
from runner.priorities import Priorities
from runner.progress import ProgressKept
from runner.reporting import Reporting
from runner.room import Room
from runner.run_tools import Workshop
from runner.scheduled_starts import ScheduledStarts
from runner.seeing_through import SeeingThrough
from runner.sending import Sending
from runner.shards import Shards
from runner.slot_store import SlotStore
from runner.slots import Slots
from runner.system import System
from runner.takeover import TakingOver
from runner.values import ValuesOfJobs
from runner.wakes import CoveringJournal, Wakes


class Tenure:
    """One session of a runner, and all that holds only as long as it."""

    def __init__(
        self,
        system: System,
        session: Session,
        *,
        runner: str,
        actions: Mapping[str, Action],
        sandboxes: Mapping[str, Any],
        on_ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._system = system
        self._session = session
        self._journal = CoveringJournal(system.dsn, writer=system.writer, session=session)
        session_id = uuid4()
        self._shards = Shards(session, session_id, runner)
        self._own = system.dispatch_on(self._journal, self._shards.holds)
        self._late = system.dispatch_on(self._journal)
        self._sending = Sending(own=self._own, late=self._late, runner=runner)
        self._values = ValuesOfJobs(
            reader=system.reader,
            mapper=system.mapper,
            graph_of=system.graph,
            open_value=system.open_value,
            ends_of=self._ends_of,
            items_of=self._items_of,
        )
        previews = Previews(
            values=self._values,
            kept=KeptOutputs(system.reader),
            reader=system.reader,
            mapper=system.mapper,
            blobs=system.blobs,
            open_value=system.open_value,
            master_key=system.master_key,
        )
        external = Rows(system.reader)
        self._offering = Offering(external, rest=self._values.rest)
        reporting = Reporting(
            sending=self._sending,
            keepable=Keepable(system.blobs),
            graph_of=system.graph,
            previews=previews,
            offering=self._offering,
            owns=self._shards.holds,
            waits_for_worker=self._waits_for_worker,
        )
        self._recording = Recording(
            rows=external,
            reader=system.reader,
            shards=self._shards,
            sending=self._sending,
            offering=self._offering,
        )
        self._slots = Slots(system.limits, SlotStore(session, session_id), park=self._park, unpark=self._unpark)
        credentials = Credentials(self._credential, system.secrets)
        trying = Trying(credentials, system.outgoing, TESTERS)
        self._progress = ProgressKept(system.reader, session_id)
        self._budgets = Budgets(system.views, system.reader)
        workshop = Workshop(
            blobs=system.blobs,
            room=Room(system.views, system.file_limits).left,
            sandboxes=sandboxes,
            credentials=credentials,
            say_opened=reporting.say_opened,
            begin_effect=reporting.begin_effect,
            progress=self._progress,
            budgets=self._budgets,
            outgoing=system.outgoing,
            tool_servers=system.tool_servers,
        )
        self._acting = Acting(
            values=self._values,
            actions=actions,
            workshop=workshop,
            slots=self._slots,
            previews=previews,
            preview_tests=PreviewTests(credentials, trying, self._sending),
        )
        self._priorities = Priorities()
        self._performing = Performing(_Work(self._acting, reporting), self._priorities)
        self._aligning = Aligning(
            rows=external,
            reader=system.reader,
            views=system.views,
            mapper=system.mapper,
            dispatch=self._own,
            shards=self._shards,
            sending=self._sending,
            performing=self._performing,
            offering=self._offering,
        )
        self._endings = SeeingThrough(self._sending, ContinueEnding)
        self._pauses = SeeingThrough(self._sending, PassPauseOn)
        self._timers = Expiring(dispatch=self._own, sending=self._sending, shards=self._shards).timers
        self._keeping_time = KeepingTime(
            dispatch=self._own,
            sending=self._sending,
            shards=self._shards,
            starts=ScheduledStarts(
                dispatch=self._own, reader=system.reader, graph_of=system.graph, open_value=system.open_value
            ),
            reader=system.reader,
            views=system.views,
        )
        self._awaited_tests = AwaitedTests(
            dispatch=self._own,
            sending=self._sending,
            shards=self._shards,
            reader=system.reader,
            views=system.views,
            secrets=system.secrets,
            trying=trying,
        )
        self._calling_back = CallingBack(
            dispatch=self._own,
            sending=self._sending,
            shards=self._shards,
            bodies=CallbackBodies(reader=system.reader, mapper=system.mapper, values=self._values),
            keys=SigningKeys(self._own, system.secrets),
            outgoing=system.outgoing,
            reader=system.reader,
            views=system.views,
        )
        self._examining = Examining(
            dispatch=self._own,
            reader=system.reader,
            mapper=system.mapper,
            values=self._values,
            shards=self._shards,
            sending=self._sending,
            performing=self._performing,
            timers=self._timers,
            endings=self._endings,
            pauses=self._pauses,
            priorities=self._priorities,
            aligning=self._aligning,
        )
        self._taking_over = TakingOver(
            reader=system.reader,
            views=system.views,
            shards=self._shards,
            examining=self._examining,
            timers=self._timers,
            survey_also=(
                self._keeping_time.survey,
                self._awaited_tests.survey,
                self._calling_back.survey,
                self._aligning.survey,
            ),
        )
        self._following = Following(
            shards=self._shards,
            mapper=system.mapper,
            dispatch=self._own,
            values=self._values,
            performing=self._performing,
            examining=self._examining,
            timers=self._timers,
            endings=self._endings,
            priorities=self._priorities,
            offering=self._offering,
        )
        self._own.on_written(self._following.written)
        self._late.on_written(self._following.written)
        self._own.on_written(self._keeping_time.written)
        self._own.on_written(self._awaited_tests.written)
        self._own.on_written(self._calling_back.written)
        self._holding = Holding(
            shards=self._shards,
            sending=self._sending,
            performing=self._performing,
            timers=(self._timers, self._keeping_time.timers, self._calling_back.timers),
            reader=system.reader,
            taken=self._take_over,
        )
        self._performing.on_over = self._over
        self._wakes = Wakes(
            reader=system.reader,
            covered=self._journal.covered,
            is_busy=lambda: self._sending.is_busy,
            found={
                "job": self._following.woken,
                "schedule": self._keeping_time.woken,
                "credential": self._awaited_tests.woken,
                "callback": self._calling_back.woken,
            },
        )
        self._loops = asyncio.TaskGroup()
        self._work: set[asyncio.Task[None]] = set()
        self._on_ready = on_ready

    async def run(self, stop: asyncio.Event, leave_seconds_max: float) -> None:
        """Works until told to stop, then leaves in order; raises SessionLost when the session ends before."""
        try:
            await self._journal.start()
            await self._wakes.begin()
            await self._shards.enter()
            async with self._loops as loops:
                running = [
                    loops.create_task(loop)
                    for loop in (
                        self._holding.run(self._beaten),
                        self._holding.listen(),
                        self._wakes.run(),
                        self._examining.run(),
                        self._timers.run(),
                        self._keeping_time.timers.run(),
                        self._calling_back.timers.run(),
                        self._taking_over.fill_timers(),
                        self._watch_session(),
                        self._slots.run(),
                        self._offering.run(),
                        self._recording.run(),
                        self._aligning.run(),
                    )
                ]
                await stop.wait()
                await self._leave(leave_seconds_max)
                for task in (*running, *self._work):
                    task.cancel()
        finally:
            await self._drop()

    def _over(self, performance: Performance) -> None:
        self._budgets.over(performance)
        self._progress.over(performance)
        self._holding.over(performance)

    def _park(self, performance: Performance) -> None:
        self._performing.park(performance)

    def _unpark(self, performance: Performance) -> None:
        self._performing.unpark(performance)

    async def _leave(self, seconds_max: float) -> None:
        await self._holding.leave()
        late = list(self._holding.late.values())
        await self._performing.until_over(late, seconds_max)
        for performance in late:
            self._performing.stop(performance, Stopped.GIVEN_UP)
        await self._performing.until_over(late, CANCEL_GRACE_SECONDS)
        await self._holding.settled()

    async def _drop(self) -> None:
        """Ends everything that belongs to this session; what it did not report is performed again by the next owner."""
        self._slots.stop()
        await self._calling_back.stop()
        await self._endings.stop()
        await self._pauses.stop()
        await self._awaited_tests.stop()
        await self._performing.abandon()
        await self._progress.stop()
        await self._journal.stop()
        await self._own.stop()
        await self._late.stop()
        await self._session.close()

    async def _credential(self, workspace: UUID, credential_id: UUID) -> Credential:
        credential: Credential
        credential, _ = await self._own.load("credential", credential_id, workspace)
        return credential

    async def _ends_of(self, workspace: UUID, job_id: UUID) -> Mapping[Run, int]:
        job: Job
        job, _ = await self._own.load("job", job_id, workspace)
        return job.where

    async def _items_of(self, workspace: UUID, job_id: UUID, task: str) -> Iterable[tuple[int, int]]:
        job: Job
        job, _ = await self._own.load("job", job_id, workspace)
        return job.collected(task)

    def _waits_for_worker(self, job_id: UUID, run: Run) -> bool:
        """Whether a run of a job that is followed here waits for a worker, by the log as it is known here."""
        job: Job | None = self._own.kept("job", job_id) if self._shards.holds(job_id) else None
        return job is not None and job.awaits_worker(run)

    def _take_over(self, shards: Collection[int]) -> None:
        self._values.forget_shards(shards)
        self._priorities.forget_shards(shards)
        self._background(self._taking_over.take_over(shards))

    async def _watch_session(self) -> None:
        """Notices a lost session as soon as a report meets it, not only with the next beat."""
        await self._sending.lost.wait()
        raise SessionLost("Expected the session that holds the shards, but a report found it lost.")

    def _beaten(self) -> None:
        self._examining.ask_elsewhere()
        for performance in self._holding.late.values():
            self._background(self._stop_if_over(performance))
        for job_id in self._following.ended:
            self._own.forget("job", job_id)
            self._late.forget("job", job_id)
        self._following.ended.clear()
        self._on_ready()

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        """Does something beside the loops, until it is done or they end."""
        task = self._loops.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _stop_if_over(self, performance: Performance) -> None:
        """Ends a run that goes on here though its shard was given up, when the new owner has ended it."""
        with suppress(StoreUnavailable, UnreadableEvent):
            job: Job
            job, _ = await self._late.load("job", performance.job_id, performance.workspace)
            if all(run.text != performance.text for run in job.running()):
                self._performing.stop(performance, Stopped.NOT_WANTED)


class _Work:
    """A performance, from its inputs to its report."""

    def __init__(self, acting: Acting, reporting: Reporting) -> None:
        self.act = acting.act
        self.report = reporting.report
        self.report_time_limit = reporting.report_time_limit
