"""Slots of limits over jobs: a run waits for one of each limit it comes under, its turn fair, its place left to others meanwhile.

The lock of a slot is the guarantee, so that no more are taken than the limit says, whichever runners there are. What is fair between
runners is a hint: one that has more than its part while others wait gives a slot back instead of using it again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from domain.graph import GraphTask
from event_store.units import SessionLost
from runner.fairness import FairQueue
from runner.limits import Limit, applying
from runner.performance import Performance
from runner.slot_store import SlotStore, Wait

ASK_AGAIN_SECONDS = 0.2
TURN_SECONDS = 0.5
"""How long a runner that has more than its part uses its slots before others may have them."""
SAY_SECONDS = 0.5
"""So often it is said who waits; who waits less is not spoken of."""
CLEAN_SECONDS = 10.0
RESERVED_SECONDS_MAX = 0.25
"""How much of a limit in time is reserved at once."""

_log = logging.getLogger(__name__)


@dataclass(slots=True, eq=False)
class Waiter:
    """A run that waits for its turn at a limit."""

    performance: Performance
    turn: asyncio.Future[int]
    since: datetime

    @property
    def workspace(self) -> UUID:
        """Whose it is."""
        return self.performance.workspace

    @property
    def job_id(self) -> UUID:
        """The job it belongs to."""
        return self.performance.job_id

    @property
    def weight(self) -> int:
        """That of its job's priority."""
        return self.performance.weight


class Gate:
    """One limit as it applies to one kind, credential or workspace, on this runner."""

    def __init__(self, key: str, limit: Limit, store: SlotStore) -> None:
        self.key = key
        self._limit = limit
        self._store = store
        self._waiting: FairQueue[Waiter] = FairQueue()
        self.waiters: set[Waiter] = set()
        self._held: set[int] = set()
        self._spare: list[int] = []  # held, and not in use
        self._others = 0  # runners that wait for a slot, as last seen
        self._serving: asyncio.Task[None] | None = None
        self._fetched_at = 0.0  # when slots were last taken, by the loop's clock

    def take_spare(self) -> int | None:
        """The number of a slot that is at hand and that nobody waits for."""
        return self._spare.pop() if self._spare and not self.waiters else None

    async def take(self, performance: Performance) -> int:
        """The number of a slot, once it is this run's turn; of a limit in time it means nothing."""
        waiter = Waiter(performance, asyncio.get_running_loop().create_future(), datetime.now(UTC))
        self._waiting.push(waiter)
        self.waiters.add(waiter)
        self._serve_soon()
        try:
            return await waiter.turn
        except asyncio.CancelledError:
            if waiter.turn.done() and not waiter.turn.cancelled():
                self.give_back(waiter.turn.result())
            raise
        finally:
            self.waiters.discard(waiter)

    def give_back(self, number: int) -> None:
        """The slot is free for whoever is next."""
        if not self._limit.is_rate:
            self._spare.append(number)
            if not self._has_more_than_its_part:
                self._hand_over()
            self._serve_soon()

    def stop(self) -> None:
        """Serves nobody any more."""
        if self._serving is not None:
            self._serving.cancel()

    def _serve_soon(self) -> None:
        if self._serving is None or self._serving.done():
            serve = self._serve_in_time() if self._limit.is_rate else self._serve()
            self._serving = asyncio.get_running_loop().create_task(serve)

    async def _serve(self) -> None:
        while self.waiters or self._spare:
            try:
                await self._give_surplus_back()
                self._hand_over()
                if not self.waiters or not await self._fetch():
                    if not self._spare and not self.waiters:
                        return
                    await asyncio.sleep(ASK_AGAIN_SECONDS * random.uniform(0.75, 1.25))  # noqa: S311 - it only spreads the asking
            except SessionLost:
                return  # Everything here ends with the session.
            except psycopg.Error as error:
                _log.warning("slots of %s cannot be taken yet: %s", self.key, error)
                await asyncio.sleep(ASK_AGAIN_SECONDS)

    @property
    def _has_more_than_its_part(self) -> bool:
        had_its_turn = asyncio.get_running_loop().time() - self._fetched_at > TURN_SECONDS
        return self._others > 0 and had_its_turn and len(self._held) > self._limit.most / (self._others + 1)

    def _hand_over(self) -> None:
        while self._spare and (waiter := self._next()) is not None:
            waiter.turn.set_result(self._spare.pop())

    async def _give_surplus_back(self) -> None:
        while self._spare and (len(self._spare) > len(self.waiters) or self._has_more_than_its_part):
            number = self._spare.pop()
            await self._store.give_back(self.key, [number])
            self._held.discard(number)
            if self._others and self.waiters:
                await asyncio.sleep(2 * ASK_AGAIN_SECONDS)  # Another runner may come first.

    async def _fetch(self) -> bool:
        """Takes slots that nobody has, up to this runner's part; tells whether it got any."""
        self._others = await self._store.others_waiting(self.key)
        part = -(-self._limit.most // (self._others + 1))
        count = min(len(self.waiters) - len(self._spare), part - len(self._held))
        if count <= 0:
            return False
        numbers = [number for number in range(self._limit.most) if number not in self._held]
        random.shuffle(numbers)
        taken = await self._store.take(self.key, numbers, count)
        self._held.update(taken)
        self._fetched_at = asyncio.get_running_loop().time()
        self._spare.extend(taken)
        return bool(taken)

    async def _serve_in_time(self) -> None:
        apart = (self._limit.per_seconds or 0.0) / self._limit.most
        loop = asyncio.get_running_loop()
        while self.waiters:
            count = min(len(self.waiters), max(1, int(RESERVED_SECONDS_MAX / apart)))
            try:
                first = loop.time() + await self._store.reserve(self.key, apart, count)
            except SessionLost:
                return
            except psycopg.Error as error:
                _log.warning("no time is reserved for %s yet: %s", self.key, error)
                await asyncio.sleep(ASK_AGAIN_SECONDS)
                continue
            for place in range(count):
                await asyncio.sleep(first + place * apart - loop.time())
                if (waiter := self._next()) is not None:
                    waiter.turn.set_result(0)

    def _next(self) -> Waiter | None:
        while self._waiting:
            waiter = self._waiting.pop()
            if not waiter.turn.done():
                self.waiters.discard(waiter)
                return waiter
        return None


class Slots:
    """The gates of a runner."""

    def __init__(
        self,
        limits: tuple[Limit, ...],
        store: SlotStore,
        *,
        park: Callable[[Performance], None],
        unpark: Callable[[Performance], None],
    ) -> None:
        self.limits = limits
        self._store = store
        self._park = park
        self._unpark = unpark
        self._gates: dict[str, Gate] = {}
        self._said: dict[tuple[UUID, str], str] = {}

    @asynccontextmanager
    async def hold(self, performance: Performance, task: GraphTask) -> AsyncIterator[None]:
        """Holds a slot of each limit that the run comes under."""
        held: list[tuple[Gate, int]] = []
        try:
            for key, limit in applying(self.limits, task, performance.workspace):
                gate = self._gates.get(key)
                if gate is None:
                    gate = self._gates[key] = Gate(key, limit, self._store)
                held.append((gate, await self._take(gate, performance)))
            yield
        finally:
            for gate, number in held:
                gate.give_back(number)

    async def run(self) -> None:
        """Says who waits, until cancelled."""
        cleaned = -CLEAN_SECONDS
        loop = asyncio.get_running_loop()
        while self.limits:
            try:
                await self._say()
                if loop.time() - cleaned > CLEAN_SECONDS:
                    await self._store.clean()
                    cleaned = loop.time()
            except SessionLost:
                raise
            except psycopg.Error as error:
                _log.warning("who waits for a slot cannot be said yet: %s", error)
            await asyncio.sleep(SAY_SECONDS)

    def stop(self) -> None:
        """Nobody gets a slot any more."""
        for gate in self._gates.values():
            gate.stop()

    async def _take(self, gate: Gate, performance: Performance) -> int:
        number = gate.take_spare()
        if number is not None:
            return number
        self._park(performance)
        try:
            return await gate.take(performance)
        finally:
            self._unpark(performance)

    async def _say(self) -> None:
        now = datetime.now(UTC)
        waits = {
            (waiter.job_id, waiter.performance.text): Wait(
                waiter.job_id, waiter.performance.text, waiter.workspace, gate.key, waiter.since
            )
            for gate in self._gates.values()
            for waiter in gate.waiters
            if (now - waiter.since).total_seconds() >= SAY_SECONDS
        }
        over = [one for one in self._said if one not in waits]
        new = [wait for one, wait in waits.items() if self._said.get(one) != wait.limit_key]
        await self._store.say(new, over)
        self._said = {one: wait.limit_key for one, wait in waits.items()}
