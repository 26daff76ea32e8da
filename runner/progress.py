"""How far runs are, as their actions tell: kept in a table while they are under way, shown by the API, and recorded nowhere.

Before an action tells anything, nothing happens here: no statement, no timer, no task of the loop.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import orjson

from event_store.reader import Reader
from event_store.units import StoreUnavailable
from projections.engine import HEARD_SECONDS_MAX
from runner.performance import Performance, Stage
from runner.secrecy import RunSecrets

WRITE_SECONDS = 1.0
"""How long nothing is written after something was, whatever is told meanwhile."""
CLEAN_SECONDS = 60.0
NOTE_CHARACTERS_MAX = 500

_WRITE: Final = (
    "insert into run_progress as p (job_id, run, workspace_id, session, progress)"
    " select t.job_id, t.run, t.workspace_id, %b, t.progress::jsonb"
    " from unnest(%b::uuid[], %b::text[], %b::uuid[], %b::text[]) t (job_id, run, workspace_id, progress)"
    " on conflict (job_id, run) do update set session = excluded.session, progress = excluded.progress returning 1"
)
_REMOVE: Final = (
    "delete from run_progress p using unnest(%b::uuid[], %b::text[]) g (job_id, run)"
    " where p.job_id = g.job_id and p.run = g.run and p.session = %b returning 1"
)
_CLEAN: Final = (
    "delete from run_progress p where not exists (select from live_runners l where l.session = p.session"
    " and l.seen_at > clock_timestamp() - make_interval(secs => %b)) returning 1"
)

_log = logging.getLogger(__name__)

_Key = tuple[UUID, str]


@dataclass(frozen=True, slots=True)
class _Told:
    """What an action told last; made fit to be shown only when it is written, as most of it never is."""

    performance: Performance
    secrets: RunSecrets
    done: float
    total: float | None
    note: str | None

    @property
    def shown(self) -> str:
        """As JSON, without secrets and no longer than a note may be."""
        note = self.note
        if note is not None:  # Blanked first, as a secret that is cut is found no more.
            plain = self.secrets.blanked(note).replace("\0", "\ufffd").encode("utf-8", "replace").decode()
            note = plain[:NOTE_CHARACTERS_MAX]
        return orjson.dumps({"done": self.done, "total": self.total, "note": note}).decode()


class ProgressKept:
    """Keeps how far the runs of one session are."""

    def __init__(self, reader: Reader, session_id: UUID) -> None:
        self._reader = reader
        self._session_id = session_id
        self._told: dict[_Key, _Told] = {}  # and not yet written
        self._kept: dict[_Key, Performance] = {}  # those with a row
        self._gone: set[_Key] = set()  # whose row is to be removed
        self._changed = asyncio.Event()
        self._writing: asyncio.Task[None] | None = None
        self._cleaned_at = -math.inf

    def tell(
        self,
        performance: Performance,
        secrets: RunSecrets,
        done: float,
        total: float | None = None,
        note: str | None = None,
    ) -> None:
        """The action of a run says how far it is; one that was stopped, and numbers without end, are not listened to."""
        if performance.stage is not Stage.ACTING or performance.stopped is not None or not math.isfinite(done):
            return
        total = total if total is not None and math.isfinite(total) else None
        self._told[performance.job_id, performance.text] = _Told(performance, secrets, done, total, note)
        self._write_soon()

    def over(self, performance: Performance) -> None:
        """A run is performed here no more."""
        if not self._told and not self._kept:
            return
        key = (performance.job_id, performance.text)
        told = self._told.get(key)
        if told is not None and told.performance is performance:
            del self._told[key]
        if self._kept.get(key) is performance:
            del self._kept[key]
            self._gone.add(key)
            self._write_soon()

    async def stop(self) -> None:
        """Writes nothing more; what is left is of a session that is over, which nobody is shown, and is removed by the next that writes."""
        if self._writing is not None:
            self._writing.cancel()
            with suppress(asyncio.CancelledError):
                await self._writing

    def _write_soon(self) -> None:
        self._changed.set()
        if self._writing is None or self._writing.done():
            self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        """Writes what changed, once in a while, as long as there is anything to keep."""
        while self._told or self._kept or self._gone:
            await self._changed.wait()
            self._changed.clear()
            told, gone = self._told, self._gone
            self._told, self._gone = {}, set()
            self._kept |= {key: each.performance for key, each in told.items()}
            try:
                await self._write_now(told, gone)
            except StoreUnavailable as error:
                _log.warning("how far runs are cannot be written yet: %s", error)
                newer = self._told
                self._told = {key: each for key, each in told.items() if key in self._kept} | newer
                self._gone |= gone - self._kept.keys()
                self._changed.set()
            except Exception:  # noqa: BLE001 - what a screen shows of one run must not hide that of all others
                _log.exception("writing how far runs are broke")
            await asyncio.sleep(WRITE_SECONDS)

    async def _write_now(self, told: Mapping[_Key, _Told], gone: set[_Key]) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._cleaned_at > CLEAN_SECONDS:
            await self._reader.rows(_CLEAN, (HEARD_SECONDS_MAX,))
            self._cleaned_at = now
        if gone:
            jobs, runs = zip(*gone, strict=True)
            await self._reader.rows(_REMOVE, (list(jobs), list(runs), self._session_id))
        if told:
            jobs, runs = zip(*told, strict=True)
            workspaces = [each.performance.workspace for each in told.values()]
            shown = [each.shown for each in told.values()]
            await self._reader.rows(_WRITE, (self._session_id, list(jobs), list(runs), workspaces, shown))
