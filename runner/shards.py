"""The shards a runner holds: advisory locks on its own session, so that they end with it, whatever happens to the process.

A session counts as a live runner while it holds the presence lock. The table `live_runners` gives it a name and says when it was
last heard of; `shard_holders` says who held a shard last, and of which events that holder may have performed something.
"""

from __future__ import annotations

import math
import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg

from domain.jobs.shard import SHARDS, shard
from event_store.locks import SHARD_LOCK
from event_store.session import Session
from event_store.units import SessionLost

SILENT_SECONDS_MAX = 8
"""A session that says nothing for so long is ended by the database: its process is frozen, cut off or gone."""
BEAT_SECONDS = 2.0
RUNNERS_KEPT_DAYS = 7

PRESENCE_LOCK: Final = 0x6F70_7501
RUN_LOCK: Final = 0x6F70_7503
"""First keys of two-integer advisory locks beside SHARD_LOCK; the second is 0, and 32 bits of the run's hash."""

CHANNEL: Final = "runners"
"""Where runners tell each other that one came, or let shards go. A hint and no more: every beat finds it out by itself."""

SESSION_SETTINGS: Final = {"idle_session_timeout": f"{SILENT_SECONDS_MAX}s"}

_ENTER: Final = """
with gone as (
    delete from late_runs r where not exists (select from live_runners l where l.session = r.session)
), old as (
    delete from live_runners l
     where seen_at < clock_timestamp() - make_interval(days => %s)
       and not exists (select from shard_holders h where h.session = l.session)
)
insert into live_runners (session, name, process_id) values (%s, %s, pg_backend_pid())
returning pg_advisory_lock_shared(%s, 0)
"""
_BEAT: Final = """
with seen as (
    update live_runners set seen_at = clock_timestamp() where session = %(session)s
), locks as (
    select classid::bigint as kind, objid::bigint as place, pid from pg_locks
     where locktype = 'advisory' and objsubid = 2 and granted
       and database = (select oid from pg_database where datname = current_database())
)
select (select count(distinct pid) from locks where kind = %(presence)s),
       array(select s from generate_series(0, %(shards)s - 1) s
              where not exists (select from locks where kind = %(shard)s and place = s))
"""
_RUNS_LOCKED: Final = """
select exists(select from pg_locks where locktype = 'advisory' and objsubid = 2 and granted and classid::bigint = %s
                 and database = (select oid from pg_database where datname = current_database()))
"""
_LOCK: Final = "select key from unnest(%s::int[]) key where pg_try_advisory_lock(%s, key)"
_UNLOCK: Final = "select pg_advisory_unlock(%s, key) from unnest(%s::int[]) key"
_LEFT_BEFORE: Final = """
select h.shard, h.held_to is not null, coalesce(
         h.held_to,
         (select max(c.last) from commits c where c.at <= l.seen_at + make_interval(secs => %s)),
         (select last from commits order by last desc limit 1))
  from shard_holders h left join live_runners l on l.session = h.session
 where h.shard = any(%s::smallint[])
"""
_HOLD: Final = """
insert into shard_holders (shard, session) select shard, %s from unnest(%s::smallint[]) shard
on conflict (shard) do update set session = excluded.session, held_to = null
"""
_KEEP_LATE: Final = """
insert into late_runs (attempt_id, session) select attempt_id, %s from unnest(%s::text[]) attempt_id
on conflict (attempt_id) do update set session = excluded.session
"""
_LATE: Final = "select attempt_id from late_runs where attempt_id = any(%s)"
_LATE_OVER: Final = "delete from late_runs where attempt_id = any(%s)"
_LEAVE: Final = "update shard_holders set held_to = %s where shard = any(%s::smallint[]) and session = %s"


@dataclass(frozen=True, slots=True)
class Beat:
    """What a runner sees when it says that it is alive: how many there are, and which shards nobody holds."""

    live: int
    free: Sequence[int]

    @property
    def share(self) -> int:
        """How many shards each runner should hold: ⌈64 / live⌉."""
        return math.ceil(SHARDS / max(1, self.live))


class Shards:
    """The locks of one session. Every method raises SessionLost once the session is over."""

    def __init__(self, session: Session, session_id: UUID, name: str) -> None:
        self._session = session
        self._session_id = session_id
        self._name = name
        self.held: dict[int, int] = {}
        """Shard → the last position of which an earlier holder may have performed something."""
        self.mine: set[int] = set()
        """Shards of which everything is performed here: held, and not about to be given up."""
        self.watched: set[int] = set()
        """Shards of which an earlier holder may go on performing runs, under their locks."""
        self.orderly: set[int] = set()
        """Shards that their last holder gave up in order: whatever of them was still performed is known as late."""

    def holds(self, stream: UUID) -> bool:
        """Whether this session holds the shard of a stream: nobody else appends to it unasked."""
        return shard(stream) in self.held

    async def enter(self) -> None:
        """Makes this runner one of the live ones."""
        await self._execute(_ENTER, (RUNNERS_KEPT_DAYS, self._session_id, self._name, PRESENCE_LOCK))
        await self._tell_others()

    async def beat(self) -> Beat:
        """Says that this runner is alive and learns who else is; also what keeps the session from being ended."""
        parameters = {"session": self._session_id, "presence": PRESENCE_LOCK, "shard": SHARD_LOCK, "shards": SHARDS}
        [(live, free)] = await self._execute(_BEAT, parameters)
        return Beat(live, free)

    async def take(self, free: Collection[int], count: int) -> list[int]:
        """Takes up to `count` of the free shards; gives those that are this runner's now."""
        wanted = random.sample(sorted(free), min(count, len(free)))
        taken = [key for (key,) in await self._execute(_LOCK, (wanted, SHARD_LOCK))] if wanted else []
        if not taken:
            return []
        try:
            before = await self._execute(_LEFT_BEFORE, (SILENT_SECONDS_MAX, taken))
            # Locks on runs are taken before their shard is let go, so later ones cannot concern the shards just taken.
            [(watch,)] = await self._execute(_RUNS_LOCKED, (RUN_LOCK,))
            await self._execute(_HOLD, (self._session_id, taken))
        except psycopg.Error:  # Refused for now, as on a full disk: what nobody performs must not stay locked.
            await self._execute(_UNLOCK, (SHARD_LOCK, taken))
            raise
        self.held.update(dict.fromkeys(taken, 0))
        self.held.update((number, held_to or 0) for number, _, held_to in before)
        self.orderly.update(number for number, orderly, _ in before if orderly)
        self.mine.update(taken)
        if watch:
            self.watched.update(taken)
        return taken

    async def release(self, shards: Collection[int], performed_to: int) -> None:
        """Lets shards go, saying up to which position something of them may have been performed."""
        given = sorted(shards)
        self.mine.difference_update(given)
        await self._execute(_LEAVE, (performed_to, given, self._session_id))
        await self._execute(_UNLOCK, (SHARD_LOCK, given))
        for number in given:
            self.held.pop(number, None)
        self.watched.difference_update(given)
        self.orderly.difference_update(given)
        await self._tell_others()

    async def leave(self) -> None:
        """Is no longer one of the live runners: the others' shares grow."""
        await self._execute("select pg_advisory_unlock_shared(%s, 0)", (PRESENCE_LOCK,))

    async def lock_runs(self, attempt_ids: Iterable[str]) -> set[str]:
        """Locks runs that this runner goes on performing though their shard is given up, and notes them; gives those it could lock."""
        keys = {run_key(attempt_id): attempt_id for attempt_id in attempt_ids}
        locked = {keys[key] for (key,) in await self._execute(_LOCK, (list(keys), RUN_LOCK))}
        await self._execute(_KEEP_LATE, (self._session_id, list(locked)))
        return locked

    async def unlock_run(self, attempt_id: str) -> None:
        """Lets go of a run that was reported, or is not performed any more."""
        await self._execute(_LATE_OVER, ([attempt_id],))
        await self._execute(_UNLOCK, (RUN_LOCK, [run_key(attempt_id)]))

    async def lost(self, attempt_ids: Collection[str]) -> set[str]:
        """Those of the runs, of a shard given up in order and locked by nobody now, that were lost with whoever performed them last."""
        return {attempt_id for (attempt_id,) in await self._execute(_LATE, (list(attempt_ids),))}

    async def forget_late(self, attempt_ids: Collection[str]) -> None:
        """The loss of these runs is recorded."""
        await self._execute(_LATE_OVER, (list(attempt_ids),))

    async def unperformed(self, attempt_ids: Iterable[str]) -> set[str]:
        """Those of the runs that no other runner goes on performing."""
        keys: dict[int, list[str]] = {}
        for attempt_id in attempt_ids:
            keys.setdefault(run_key(attempt_id), []).append(attempt_id)
        free = [key for (key,) in await self._execute(_LOCK, (list(keys), RUN_LOCK))]
        await self._execute(_UNLOCK, (RUN_LOCK, free))
        return {attempt_id for key in free for attempt_id in keys[key]}

    async def _tell_others(self) -> None:
        await self._execute("select pg_notify(%s, '1')", (CHANNEL,))

    async def _execute(self, query: LiteralString, parameters: Any) -> list[Any]:
        try:
            return await self._session.execute(query, parameters)
        except psycopg.Error as error:
            if self._session.lost:
                raise SessionLost(f"Expected the session that holds the shards, but it was lost: {error}") from error
            raise


def run_key(attempt_id: str) -> int:
    """The second key of a run's lock; two runs that share one only wait for each other."""
    return int.from_bytes(sha256(attempt_id.encode()).digest()[:4], "big", signed=True)
