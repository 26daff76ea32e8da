"""The runner's way to the deciders: commands of its jobs, sent under its name, on the session that holds their shards.

What a runner still performs after giving up a shard it reports through a second door, which marks the events for the shard's new
owner. A store that refuses for a while (a full disk) is asked again; a session that is lost ends all waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from uuid import UUID

from domain.jobs.shard import SHARDS
from domain.subject import Command
from event_store.dispatch import Dispatch
from event_store.requests import Receipt, StreamContended
from event_store.units import HeadUnknown, Origin, SessionLost, StoreUnavailable

PAUSE_SECONDS_MIN = 0.05
PAUSE_SECONDS_MAX = 2.0
ORIGINS_KEPT_MAX = 10_000


class Sending:
    """Sends commands; knows which shards are given up, and what is still on its way through the first door."""

    def __init__(self, *, own: Dispatch, late: Dispatch, runner: str) -> None:
        self._own = own
        self._late = late
        self._actor = f"runner:{runner}"
        self._origins: dict[UUID, Origin] = {}
        self._given_up: set[int] = set()
        self._under_way = [0] * SHARDS  # how many commands, by shard
        self._quiet = asyncio.Event()
        self.lost = asyncio.Event()
        """Set when the session was found lost."""

    @property
    def is_busy(self) -> bool:
        """Whether commands are on their way."""
        return any(self._under_way)

    def open(self, shards: Collection[int]) -> None:
        """These shards are held by this runner's session."""
        self._given_up.difference_update(shards)

    async def close(self, shards: Collection[int]) -> None:
        """From now on nothing of these shards goes through the first door; returns when what was on its way has come through."""
        self._given_up.update(shards)
        while any(self._under_way[shard] for shard in shards):
            self._quiet.clear()
            await self._quiet.wait()

    async def send(self, command: Command, workspace: UUID, *shards: int, origin: Origin | None = None) -> Receipt:
        """Decides and appends; raises the decider's Refusal, or SessionLost.

        `shards` are those of all streams that are written to: none of them is given up before that has come through.
        """
        origin = origin or self._origins.get(workspace) or self._origin(workspace)
        pause = PAUSE_SECONDS_MIN
        while True:
            try:
                if not self._given_up.isdisjoint(shards):
                    return await self._late.send(command, origin)
                for shard in shards:
                    self._under_way[shard] += 1
                try:
                    return await self._own.send(command, origin)
                finally:
                    for shard in shards:
                        self._under_way[shard] -= 1
                    self._quiet.set()
            except SessionLost:
                self.lost.set()
                raise
            except (StoreUnavailable, StreamContended, HeadUnknown, OSError):  # OSError: a blob store that is away.
                await asyncio.sleep(pause)
                pause = min(2 * pause, PAUSE_SECONDS_MAX)

    def origin(self, workspace: UUID, *, on_behalf_of: str) -> Origin:
        """The origin of what this runner does for someone else."""
        return Origin(actor=self._actor, workspace=workspace, on_behalf_of=on_behalf_of)

    def _origin(self, workspace: UUID) -> Origin:
        if len(self._origins) >= ORIGINS_KEPT_MAX:
            self._origins.clear()
        origin = self._origins[workspace] = Origin(actor=self._actor, workspace=workspace)
        return origin
