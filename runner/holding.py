"""Which shards are performed here: says every two seconds that this runner is alive, takes what is free, gives up what is too much."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable
from contextlib import aclosing, suppress

import psycopg

from domain.jobs.shard import shard
from event_store.reader import Reader
from event_store.units import StoreUnavailable
from runner.performance import Performance, Stage, Stopped
from runner.performing import CANCEL_GRACE_SECONDS, Performing
from runner.sending import Sending
from runner.shards import BEAT_SECONDS, CHANNEL, Beat, Shards
from runner.timers import Timers

LISTEN_SECONDS = 60.0
LATE_RUNS_MAX = 100
"""How many runs a runner goes on performing though it gave their shards up."""

_log = logging.getLogger(__name__)


class Holding:
    """Takes and gives up shards."""

    def __init__(
        self,
        *,
        shards: Shards,
        sending: Sending,
        performing: Performing,
        timers: Collection[Timers],
        reader: Reader,
        taken: Callable[[Collection[int]], None],
    ) -> None:
        self._shards = shards
        self._sending = sending
        self._performing = performing
        self._timers = timers
        self._reader = reader
        self._taken = taken
        self._leaving = False
        self._changing = asyncio.Lock()
        self._called = asyncio.Event()
        self._unlocking: set[asyncio.Task[None]] = set()
        self.late: dict[str, Performance] = {}
        """Attempt id → a run still performed here though its shard was given up."""

    async def run(self, beaten: Callable[[], None]) -> None:
        """Beats until cancelled, at once when other runners changed something; `beaten` is called after each beat."""
        while True:
            self._called.clear()
            await self.beat()
            beaten()
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_SECONDS):
                    await self._called.wait()

    async def listen(self) -> None:
        """Hears, until cancelled, that another runner came or let shards go."""
        async with aclosing(self._reader.listen(LISTEN_SECONDS, CHANNEL)) as hints:
            async for _ in hints:
                self._called.set()

    async def beat(self) -> None:
        """Speaks on the session, and comes nearer to this runner's fair share of the shards."""
        try:
            beat = await self._shards.beat()
            async with self._changing:
                if not self._leaving:
                    await self._come_nearer(beat)
        except psycopg.Error as error:  # The session lives, so the database only refuses for now (a full disk).
            _log.warning("the database refuses to count this runner: %s", error)

    async def leave(self) -> None:
        """Is no longer live and holds nothing; runs under way may still end and report."""
        self._leaving = True
        await self._shards.leave()
        async with self._changing:
            if self._shards.held:
                await self._give_up(self._shards.held)

    async def _come_nearer(self, beat: Beat) -> None:
        surplus = len(self._shards.held) - beat.share
        if halfway := self._shards.held.keys() - self._shards.mine:
            await self._give_up(halfway)  # The database refused to take note of it the last time.
        elif surplus > 0:
            await self._give_up(self._least_busy(surplus))
        elif surplus < 0 and beat.free:
            taken = await self._shards.take(beat.free, -surplus)
            self._sending.open(taken)
            if taken:
                _log.info("took %d shards", len(taken))
                self._taken(taken)

    async def _give_up(self, shards: Iterable[int]) -> None:
        """Lets shards go in order, after the last commit of this runner to them."""
        given = set(shards)
        self._shards.mine.difference_update(given)
        for performance in self._of(given, Stage.QUEUED):
            self._performing.stop(performance, Stopped.GIVEN_UP)
        performed_to = await self._reader.last_position()
        await self._keep_late(given)
        await self._sending.close(given)
        for timers in self._timers:
            timers.drop(lambda stream: shard(stream) in given)
        await self._shards.release(given, performed_to)
        _log.info("gave up %d shards", len(given))

    async def settled(self) -> None:
        """Waits until every run that is over is unlocked."""
        while self._unlocking:
            await asyncio.wait(self._unlocking)

    def over(self, performance: Performance) -> None:
        """A run is over: nobody need leave it to this runner any more."""
        if self.late and self.late.get(performance.attempt_id) is performance:
            del self.late[performance.attempt_id]
            task = asyncio.get_running_loop().create_task(self._unlock(performance.attempt_id))
            self._unlocking.add(task)
            task.add_done_callback(self._unlocking.discard)

    async def _keep_late(self, given: set[int]) -> None:
        """Locks the runs that go on here; cancels those beyond the limit, and waits until they are over."""
        under_way = self._of(given, Stage.REPORTING) + self._of(given, Stage.ACTING)
        room = max(0, LATE_RUNS_MAX - len(self.late))
        kept = {performance.attempt_id: performance for performance in under_way[:room]}
        locked = await self._shards.lock_runs(kept) if kept else set()
        self.late.update((key, kept[key]) for key in locked)
        for key in locked:
            if kept[key].stage is Stage.OVER:
                self.over(kept[key])
        others = [performance for performance in under_way if performance.attempt_id not in locked]
        for performance in others:
            self._performing.stop(performance, Stopped.GIVEN_UP)
        await self._performing.until_over(others, CANCEL_GRACE_SECONDS)

    async def _unlock(self, attempt_id: str) -> None:
        try:
            await self._shards.unlock_run(attempt_id)
        except (StoreUnavailable, psycopg.Error) as error:
            _log.warning("%s stays locked until this session ends: %s", attempt_id, error)

    def _of(self, shards: Collection[int], stage: Stage) -> list[Performance]:
        return [each for each in self._performing if each.shard in shards and each.stage is stage]

    def _least_busy(self, count: int) -> list[int]:
        busy = dict.fromkeys(self._shards.held, 0)
        for performance in self._performing:
            if performance.shard in busy:
                busy[performance.shard] += 1
        return sorted(busy, key=lambda shard: (busy[shard], shard))[:count]
