"""Records what workers have reported, and that workers were lost: for the jobs this runner owns, on the session that holds them.

A notification says which runs were reported; what none told is found every few seconds. A lease ends on the clock of the database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import orjson

from domain.jobs.commands import RecordTaskFailed, RecordTaskSucceeded, RecordWorkerLost, RunCommand
from domain.jobs.run import Facts, Failure, Run
from domain.refusals import Refusal
from event_store.blobs import BlobDamaged, BlobMissing
from event_store.mapper import UnreadableEvent
from event_store.reader import Reader
from event_store.units import Origin, StoreUnavailable
from runner.external.offering import Offering
from runner.external.rows import TOLD_CHANNEL, Lost, Rows, Told, read_told
from runner.sending import Sending
from runner.shards import Shards

LOOK_SECONDS = 2.0
"""How often it is looked for leases that are over, and for reports whose notification was lost."""
READ_AT_ONCE_MAX = 500
UNDER_WAY_MAX = 2_000

_log = logging.getLogger(__name__)


class Recording:
    """Turns reports and lost leases into commands."""

    def __init__(self, *, rows: Rows, reader: Reader, shards: Shards, sending: Sending, offering: Offering) -> None:
        self._rows = rows
        self._reader = reader
        self._shards = shards
        self._sending = sending
        self._offering = offering
        self._under_way: set[int] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Event()
        self._looked_at = 0.0

    async def run(self) -> None:
        """Records until cancelled."""
        try:
            async with aclosing(self._reader.hear(TOLD_CHANNEL, LOOK_SECONDS)) as heard:
                async for said in heard:
                    try:
                        await self._hear(said)
                    except StoreUnavailable as error:
                        _log.warning("what workers reported cannot be read yet: %s", error)
        finally:
            for task in self._tasks:
                task.cancel()

    async def _hear(self, said: Sequence[str]) -> None:
        """Reads what was notified; all that there is where something may have been missed, and every few seconds."""
        mine = self._shards.mine
        told = [number for text in said for number, shard in read_told(text) if shard in mine]
        for first in range(0, len(told), READ_AT_ONCE_MAX):
            await self._until_room()
            known = set(self._offering.with_recorded(self._under_way))
            numbers = [number for number in told[first : first + READ_AT_ONCE_MAX] if number not in known]
            if numbers:
                self._begin_all(await self._rows.told(numbers))
        now = asyncio.get_running_loop().time()
        if said and all(said) and now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        await self._look()

    async def _look(self) -> None:
        """Looks for whatever is reported, and for lost workers."""
        while True:
            await self._until_room()
            but = self._offering.with_recorded(self._under_way)
            told = await self._rows.all_told(self._shards.mine, but, READ_AT_ONCE_MAX)
            self._begin_all(told)
            if len(told) < READ_AT_ONCE_MAX:
                break
        but = self._offering.with_free_again(self._under_way)
        for one in await self._rows.lost(self._shards.mine, but, READ_AT_ONCE_MAX):
            self._begin(one, self._lose(one))

    async def _until_room(self) -> None:
        while len(self._under_way) > UNDER_WAY_MAX - READ_AT_ONCE_MAX:
            self._room.clear()
            await self._room.wait()

    def _begin_all(self, told: Sequence[Told]) -> None:
        origins: dict[Origin, Origin] = {}
        for one in told:
            origin = _origin_of(one)
            self._offering.recording.add((one.job_id, one.run))
            # What was told in one call is written as one unit: its origin is one.
            self._begin(one, self._record(one, origins.setdefault(origin, origin)))

    def _begin(self, one: Told | Lost, work: Coroutine[Any, Any, None]) -> None:
        self._under_way.add(one.number)
        task = asyncio.get_running_loop().create_task(self._do(one, work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _do(self, one: Told | Lost, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (StoreUnavailable, UnreadableEvent, BlobMissing, BlobDamaged, OSError) as error:
            _log.warning("what became of %s:%s is recorded later: %s", one.job_id, one.run, error)
        except Exception:  # noqa: BLE001 - a bug of ours must not end the recording of all others
            _log.exception("recording what became of %s:%s broke", one.job_id, one.run)
        finally:
            self._under_way.discard(one.number)
            self._offering.recording.discard((one.job_id, one.run))
            self._room.set()

    async def _record(self, told: Told, origin: Origin) -> None:
        try:
            position = await self._send(_report_of(told), told, origin)
        except Refusal as refusal:  # As when the job is no more.
            _log.warning("the report of %s:%s was refused: %s", told.job_id, told.run, refusal.code)
            position = 0
        self._offering.record(told.number, position)

    async def _lose(self, lost: Lost) -> None:
        command = RecordWorkerLost(at=_now(), job_id=lost.job_id, run=_run_of(lost), worker=lost.worker)
        try:
            position = await self._send(command, lost, None)
        except Refusal:
            position = 0
        if position:
            self._offering.free_again(lost.number)  # Unless the run ended with it, which withdraws it before.
        else:
            self._offering.withdraw((lost.job_id, lost.run))

    async def _send(self, command: RunCommand, one: Told | Lost, origin: Origin | None) -> int:
        shards = (one.shard,) if one.parent_shard is None else (one.shard, one.parent_shard)
        receipt = await self._sending.send(command, one.workspace, *shards, origin=origin)
        return receipt.position


def _report_of(told: Told) -> RunCommand:
    report = orjson.loads(told.report)
    evidence = {
        "worker": {
            "name": told.worker,
            "lease": f"{told.number}.{told.token.hex}",
            "taken_at": told.taken_at.astimezone(UTC).isoformat(),
        }
    }
    if "error" in report:
        return RecordTaskFailed(
            at=_now(),
            job_id=told.job_id,
            run=_run_of(told),
            error=Failure.model_validate(report["error"]),
            retryable=report["retryable"],
            retry_after_seconds=report["retry_after_seconds"],
            evidence=evidence,
        )
    return RecordTaskSucceeded(
        at=_now(),
        job_id=told.job_id,
        run=_run_of(told),
        outputs=report["outputs"],
        facts=Facts.model_validate(report["facts"]),
        evidence=evidence,
    )


def _origin_of(told: Told) -> Origin:
    return Origin(
        actor=told.reported_by, workspace=told.workspace, command_id=told.command_id, request_id=told.request_id
    )


def _run_of(one: Told | Lost) -> Run:
    return Run.model_validate(orjson.loads(one.content)["run"])


def _now() -> datetime:
    return datetime.now(UTC)
