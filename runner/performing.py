"""Performs runs: each is a task of the loop, from resolving its inputs to the commit of its outcome.

At most `RUNS_AT_ONCE_MAX` act; the others wait their turn (`runner.places`). The time limit of a run ends its action, or its waiting;
an action that does not end then is left behind and its run reported all the same. Once an outcome is being reported, nothing
cancels it any more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.jobs.events import Resumption, TaskStarted
from domain.jobs.shard import shard
from event_store.units import StoreUnavailable
from runner.failures import action_error
from runner.performance import Acted, NotToBePerformed, Performance, Stage, Stopped
from runner.places import Places
from runner.priorities import Priorities

RUNS_AT_ONCE_MAX = 1_000
SWEEP_SECONDS = 5.0
"""How often it is looked whether a run has used up the time that those without a limit of their own have."""
CANCEL_GRACE_SECONDS = 5.0
"""How long a cancelled action may take to end before its run is reported without it."""

_log = logging.getLogger(__name__)


class Work(Protocol):
    """What a performance consists of."""

    async def act(self, performance: Performance) -> Acted:
        """Resolves the inputs and performs the action; raises NotToBePerformed."""
        ...

    async def report(self, performance: Performance, acted: Acted) -> None:
        """Tells the log how the run ended."""
        ...

    async def report_time_limit(self, performance: Performance) -> None:
        """Tells the log that the time of the run was up."""
        ...


class Performing:
    """The runs under way here."""

    def __init__(self, work: Work, priorities: Priorities | None = None) -> None:
        self._work = work
        self._priorities = priorities or Priorities()
        self.on_over: Callable[[Performance], None] = lambda _: None
        self._jobs: dict[int, dict[str, Performance]] = {}  # by the number of the job's id
        self._places = Places(RUNS_AT_ONCE_MAX)
        self._left_behind: set[asyncio.Task[None]] = set()
        self._sweep: asyncio.TimerHandle | None = None

    def __iter__(self) -> Iterator[Performance]:
        """Every performance, those that wait for a place too."""
        for runs in self._jobs.values():
            yield from runs.values()

    def has(self, job_id: UUID, text: str, since: int = 0) -> bool:
        """Whether a run is performed here, or waits to be; as it went on at that version, when it has waited."""
        performance = self._jobs.get(job_id.int, {}).get(text)
        return performance is not None and performance.version >= since

    def start(
        self,
        workspace: UUID,
        job_id: UUID,
        version: int,
        started: TaskStarted,
        resumed: Resumption | None = None,
        *,
        at: datetime,
    ) -> None:
        """Performs a run that the log says was started at that moment, or resumed; one that is performed here already is left alone."""
        text = started.run.text
        runs = self._jobs.setdefault(job_id.int, {})
        before = runs.get(text)
        if before is not None:
            if before.version >= version:
                return
            self.stop(before, Stopped.NOT_WANTED)  # Its wait may be over before its report of it is answered.
            runs = self._jobs.setdefault(job_id.int, {})
        performance = Performance(workspace, job_id, shard(job_id), version, started, text, at, resumed)
        performance.weight = self._priorities.weight(job_id)
        runs[text] = performance
        if self._places.take_free(performance):
            self._begin(performance)
            return
        self._watch_limit(performance, asyncio.get_running_loop())
        self._places.wait(performance)
        self._fill()

    def stop_job(self, job_id: UUID, *, but: Collection[str] = ()) -> None:
        """Ends the runs of a job that nobody wants any more."""
        for text, performance in list(self._jobs.get(job_id.int, {}).items()):
            if text not in but:
                self.stop(performance, Stopped.NOT_WANTED)

    def stop_run(self, job_id: UUID, text: str) -> None:
        """Ends a run that nobody wants any more, if it is performed here."""
        performance = self._jobs.get(job_id.int, {}).get(text)
        if performance is not None:
            self.stop(performance, Stopped.NOT_WANTED)

    def stop(self, performance: Performance, why: Stopped) -> None:
        """Cancels the action of a run; an outcome that is being reported goes through."""
        if performance.stage is Stage.QUEUED and why is Stopped.TIME_LIMIT:
            performance.stopped, performance.stage = why, Stage.REPORTING
            performance.task = asyncio.get_running_loop().create_task(self._report(performance, None))
        elif performance.stage is Stage.QUEUED:
            self._unwatch(performance)
            performance.stage = Stage.OVER
            self._remove(performance)
        elif performance.stage is Stage.ACTING and performance.stopped is None and performance.task is not None:
            performance.stopped = why
            performance.task.cancel()
            if performance.has_begun:
                self._watch(performance, CANCEL_GRACE_SECONDS, self._leave_behind)
            else:  # It never comes to its own end: as when one unit starts a run and ends its job.
                self._unwatch(performance)
                performance.task = asyncio.get_running_loop().create_task(self._report(performance, None))

    def park(self, performance: Performance) -> None:
        """Its place is another's while it waits for something else than itself."""
        self._places.leave(performance)
        self._fill()

    def unpark(self, performance: Performance) -> None:
        """It goes on, whether a place is free or not."""
        if performance.stage is not Stage.OVER:
            self._places.take(performance)

    async def until_over(self, performances: Iterable[Performance], seconds_max: float) -> None:
        """Waits until these are over, or the time is."""
        tasks = {performance.task for performance in performances if performance.task is not None}
        if tasks:
            await asyncio.wait(tasks, timeout=seconds_max)

    async def abandon(self) -> None:
        """Ends everything at once and unreported, as when the session that allowed to write is lost."""
        self._places.clear()
        performances = list(self)
        tasks = {performance.task for performance in performances if performance.task is not None} | self._left_behind
        for performance in performances:
            performance.stopped = performance.stopped or Stopped.GIVEN_UP
            self._unwatch(performance)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=CANCEL_GRACE_SECONDS)

    def _fill(self) -> None:
        while (following := self._places.next()) is not None:
            self._begin(following)

    def _begin(self, performance: Performance) -> None:
        performance.stage = Stage.ACTING
        loop = asyncio.get_running_loop()
        performance.task = loop.create_task(self._perform(performance))
        self._watch_limit(performance, loop)

    async def _perform(self, performance: Performance) -> None:
        performance.has_begun = True
        acted: Acted | None = None
        try:
            acted = await self._work.act(performance)
        except asyncio.CancelledError:
            if performance.stopped is None:
                self._end(performance)
                raise
        except NotToBePerformed as reason:
            _log.warning("%s is not performed: %s", performance.attempt_id, reason)
            performance.stopped = performance.stopped or Stopped.NOT_WANTED
        except Exception as error:  # noqa: BLE001 - a bug of ours must not leave the run without an end
            _log.exception("performing %s broke", performance.attempt_id)
            acted = Acted(action_error(error), broke=True)
        if performance.stage is Stage.ACTING:  # Else the action was left behind, and its run reported without it.
            self._unwatch(performance)
            await self._report(performance, acted)

    async def _report(self, performance: Performance, acted: Acted | None) -> None:
        performance.stage = Stage.REPORTING
        self._places.begin_report(performance)
        self._fill()
        try:
            if performance.stopped is Stopped.TIME_LIMIT:
                await self._work.report_time_limit(performance)
            elif performance.stopped is not Stopped.NOT_WANTED and acted is not None:
                await self._work.report(performance, acted)
        except StoreUnavailable as error:
            _log.warning("the outcome of %s is not reported: %s", performance.attempt_id, error)
        except Exception:  # noqa: BLE001 - the place must be free again; whoever takes over performs the run again
            _log.exception("reporting %s broke", performance.attempt_id)
        finally:
            self._places.end_report()
            self._end(performance)

    def _end(self, performance: Performance) -> None:
        """The place is free: the next run takes it."""
        self._unwatch(performance)
        performance.stage = Stage.OVER
        self._remove(performance)
        self._places.leave(performance)
        self._fill()
        self.on_over(performance)

    def _remove(self, performance: Performance) -> None:
        runs = self._jobs.get(performance.job_id.int)
        if runs is not None and runs.get(performance.text) is performance:
            del runs[performance.text]
            if not runs:
                del self._jobs[performance.job_id.int]

    def _time_is_up(self, performance: Performance) -> None:
        self.stop(performance, Stopped.TIME_LIMIT)

    def _leave_behind(self, performance: Performance) -> None:
        """The action does not end though it was cancelled: its run is reported without it."""
        action = performance.task
        if performance.stage is not Stage.ACTING or action is None:
            return
        _log.error("the action of %s does not end though it was cancelled", performance.attempt_id)
        self._left_behind.add(action)
        action.add_done_callback(self._left_behind.discard)
        performance.task = asyncio.get_running_loop().create_task(self._report(performance, None))
        performance.stage = Stage.REPORTING

    def _watch_limit(self, performance: Performance, loop: asyncio.AbstractEventLoop) -> None:
        """Has a run stopped when its time is up: to the moment where it has a limit of its own."""
        if performance.started.due_at is not None:
            self._watch(performance, max(0.0, performance.limit_seconds), self._time_is_up)
            return
        performance.until = loop.time() + performance.limit_seconds
        if self._sweep is None:
            self._sweep = loop.call_later(SWEEP_SECONDS, self._stop_overdue)

    def _stop_overdue(self) -> None:
        loop = asyncio.get_running_loop()
        for performance in list(self):
            if performance.until <= loop.time():
                self._time_is_up(performance)
        self._sweep = loop.call_later(SWEEP_SECONDS, self._stop_overdue) if self._jobs else None

    def _watch(self, performance: Performance, seconds: float, then: Callable[[Performance], None]) -> None:
        self._unwatch(performance)
        performance.timer = asyncio.get_running_loop().call_later(seconds, then, performance)

    @staticmethod
    def _unwatch(performance: Performance) -> None:
        if performance.timer is not None:
            performance.timer.cancel()
            performance.timer = None
