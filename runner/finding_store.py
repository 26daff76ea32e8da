"""Findings of code as the database remembers them, for every process and beyond its end."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

import orjson

from event_store.reader import Reader
from event_store.units import StoreUnavailable
from runner.actions.code_check import CHECKER_VERSION, Finding

UNUSED_DAYS_MAX: Final = 30
USED_HOURS: Final = 24
"""How old the mark of the last use may be before it is set anew."""
FORGOTTEN_AT_ONCE: Final = 100

_READ: Final = """
with known as (select key, findings, used_at from findings where key = %b),
     used as (update findings f set used_at = clock_timestamp() from known k
               where f.key = k.key and k.used_at < clock_timestamp() - make_interval(hours => %b::int))
select findings::text from known
"""
# What was not used for long goes, some with each that comes.
_KEEP: Final = """
with old as (delete from findings where key in (
         select key from findings where used_at < clock_timestamp() - make_interval(days => %b::int)
          order by used_at limit %b::int))
insert into findings (key, checker, findings) values (%b, %b, %b::text::jsonb)
on conflict (key) do nothing returning 1
"""


class FindingStore:
    """Keeps findings beside the log; without the database, nothing is known and nothing is kept."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def read(self, key: bytes) -> tuple[Finding, ...] | None:
        """What was found of code with this key."""
        try:
            rows = await self._reader.rows(_READ, (key, USED_HOURS))
        except StoreUnavailable:
            return None
        return tuple(Finding(**each) for each in orjson.loads(rows[0][0])) if rows else None

    async def keep(self, key: bytes, findings: tuple[Finding, ...]) -> None:
        """Keeps what was found of code with this key."""
        form = orjson.dumps([asdict(each) for each in findings]).decode()
        try:
            await self._reader.rows(_KEEP, (UNUSED_DAYS_MAX, FORGOTTEN_AT_ONCE, key, CHECKER_VERSION, form))
        except StoreUnavailable:
            return
