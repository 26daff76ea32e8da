"""The slots of limits over jobs as the database knows them: locks on the runner's session, and who waits for one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg

from event_store.session import Session
from event_store.units import SessionLost
from projections.engine import HEARD_SECONDS_MAX

SLOT_LOCK: Final = 0x6F70_7507
"""First key of the two-integer lock of a slot; the second is 32 bits of the hash of its limit and number."""

_TAKE: Final = """
with free as (
    select key, n from unnest(%s::int[]) with ordinality k (key, n)
     where not exists (select from pg_locks where locktype = 'advisory' and objsubid = 2 and granted
                          and classid::bigint = %s and objid::bigint = key & 4294967295::bigint
                          and database = (select oid from pg_database where datname = current_database()))
     order by n limit %s
)
select key from free where pg_try_advisory_lock(%s, key)
"""
_OTHERS: Final = """
select count(distinct w.session) from slot_waits w join live_runners l using (session)
 where w.limit_key = %s and w.session <> %s and l.seen_at > clock_timestamp() - make_interval(secs => %s)
"""
_GIVE_BACK: Final = "select pg_advisory_unlock(%s, key) from unnest(%s::int[]) key"
_RESERVE: Final = """
insert into slot_times as t (limit_key, next_at) values (%s, clock_timestamp() + make_interval(secs => %s))
on conflict (limit_key) do update
   set next_at = greatest(t.next_at, clock_timestamp()) + make_interval(secs => %s)
returning extract(epoch from next_at - make_interval(secs => %s) - clock_timestamp())::float8
"""
_SAY: Final = """
insert into slot_waits (job_id, run, workspace_id, limit_key, session, since)
select job_id, run, workspace_id, limit_key, %s, since
  from unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::timestamptz[]) w (job_id, run, workspace_id, limit_key, since)
on conflict (job_id, run) do update set limit_key = excluded.limit_key, session = excluded.session, since = excluded.since
"""
_UNSAY: Final = """
delete from slot_waits w using unnest(%s::uuid[], %s::text[]) g (job_id, run)
 where w.job_id = g.job_id and w.run = g.run and w.session = %s
"""
_CLEAN: Final = """
delete from slot_waits w
 where not exists (select from live_runners l where l.session = w.session
                      and l.seen_at > clock_timestamp() - make_interval(secs => %s))
"""


@dataclass(frozen=True, slots=True)
class Wait:
    """A run that waits for a slot of a limit."""

    job_id: UUID
    run: str
    workspace: UUID
    limit_key: str
    since: datetime


class SlotStore:
    """What a runner's session does about slots. Every method raises SessionLost once the session is over."""

    def __init__(self, session: Session, session_id: UUID) -> None:
        self._session = session
        self._session_id = session_id

    async def take(self, limit_key: str, numbers: Sequence[int], count: int) -> list[int]:
        """Takes up to `count` of these slots that nobody has; gives their numbers."""
        keys = {_lock_key(limit_key, number): number for number in numbers}
        taken = await self._execute(_TAKE, (list(keys), SLOT_LOCK, count, SLOT_LOCK))
        return [keys[key] for (key,) in taken]

    async def give_back(self, limit_key: str, numbers: Collection[int]) -> None:
        """Lets others have these slots."""
        await self._execute(_GIVE_BACK, (SLOT_LOCK, [_lock_key(limit_key, number) for number in numbers]))

    async def others_waiting(self, limit_key: str) -> int:
        """How many other runners wait for a slot of the limit."""
        [(count,)] = await self._execute(_OTHERS, (limit_key, self._session_id, HEARD_SECONDS_MAX))
        return int(count)

    async def reserve(self, limit_key: str, seconds_apart: float, count: int) -> float:
        """The next `count` beginnings under a limit in time are this runner's; gives the seconds until the first."""
        seconds = seconds_apart * count
        [(until,)] = await self._execute(_RESERVE, (limit_key, seconds, seconds, seconds))
        return max(0.0, float(until))

    async def say(self, waits: Collection[Wait], over: Collection[tuple[UUID, str]]) -> None:
        """Says which runs wait from now on, and which no longer do."""
        if over:
            jobs, runs = zip(*over, strict=True)
            await self._execute(_UNSAY, (list(jobs), list(runs), self._session_id))
        if waits:
            each = [(wait.job_id, wait.run, wait.workspace, wait.limit_key, wait.since) for wait in waits]
            await self._execute(_SAY, (self._session_id, *(list(column) for column in zip(*each, strict=True))))

    async def clean(self) -> None:
        """Forgets what runners that are gone waited for."""
        await self._execute(_CLEAN, (HEARD_SECONDS_MAX,))

    async def _execute(self, query: LiteralString, parameters: Any) -> list[Any]:
        try:
            return await self._session.execute(query, parameters)
        except psycopg.Error as error:
            if self._session.lost:
                raise SessionLost(f"Expected the session that holds the slots, but it was lost: {error}") from error
            raise


def _lock_key(limit_key: str, number: int) -> int:
    return int.from_bytes(sha256(f"{limit_key} {number}".encode()).digest()[:4], "big", signed=True)
