"""Makes the calls that tell of jobs' ends, for the shards of this runner. Each is recorded; one that was cut off is made again, under the same id."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from domain.callbacks.commands import RecordCallbackAttempt
from domain.callbacks.state import Callback, Due
from domain.jobs.run import Failure
from domain.jobs.shard import shard
from domain.refusals import Refusal
from domain.webhooks.signing import sign
from event_store.blobs import BlobDamaged, BlobMissing
from event_store.dispatch import Dispatch
from event_store.drafting import Written
from event_store.mapper import UnreadableEvent
from event_store.reader import Reader
from event_store.signing_keys import FindsSigningKeys, SigningKeyRefused
from event_store.units import Record, StoreUnavailable
from projections.callbacks import read_due_callbacks
from projections.views import Views
from runner.callback_body import CallbackBodies
from runner.outgoing import AddressRefused, Outgoing
from runner.retry_after import retry_after
from runner.sending import Sending
from runner.shards import Shards
from runner.timers import HORIZON, Timers

CALLS_AT_ONCE_MAX = 50
CALL_SECONDS_MAX = 30.0
"""From the first look at the name to the first line of the answer."""
CALL_AGAIN = timedelta(seconds=5)
POSITIONS_AT_ONCE_MAX = 100_000
UNREACHABLE = "CALLBACK_UNREACHABLE"
NOT_TAKEN = "CALLBACK_NOT_TAKEN"
CONTENT_LOST = "CONTENT_LOST"
USER_AGENT: Final = "opus-callbacks/1"

_NO_RUN = ""
_TAKEN = range(200, 300)
_STREAMS: Final = (
    "select distinct originator_id, workspace from stored_events"
    " where notification_id > %b and notification_id <= %b and topic like 'callback.%%'"
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a call."""

    status: int | None = None
    error: Failure | None = None
    retry_after_seconds: float | None = None


class CallingBack:
    """The timers of callbacks, and the calls that are under way."""

    def __init__(
        self,
        *,
        dispatch: Dispatch,
        sending: Sending,
        shards: Shards,
        bodies: CallbackBodies,
        keys: FindsSigningKeys,
        outgoing: Outgoing,
        reader: Reader,
        views: Views,
    ) -> None:
        self._dispatch = dispatch
        self._sending = sending
        self._shards = shards
        self._bodies = bodies
        self._keys = keys
        self._outgoing = outgoing
        self._reader = reader
        self._views = views
        self._places = asyncio.Semaphore(CALLS_AT_ONCE_MAX)
        self._calls: dict[UUID, asyncio.Task[None]] = {}
        self._asked: set[UUID] = set()
        self.timers = Timers(self._begin)

    def written(self, written: Written) -> None:
        """What this runner just committed: a callback that is due is waited for."""
        if written.subject == "callback":
            self._put(written.stream, written.state, written.workspace)

    async def woken(self, callback_id: UUID, records: list[Record]) -> None:
        """What someone else wrote to a callback, marked for its owner."""
        await self._look(callback_id, records[0].workspace)

    async def survey(self, shards: Collection[int]) -> None:
        """Has what is due in shards waited for: by the read model, and by the log beyond it, however far it lags."""
        due = await read_due_callbacks(self._views, sorted(shards), datetime.now(UTC) + HORIZON)
        for row in due.callbacks:
            if row.next_at is not None:
                self.timers.put(row.next_at, row.callback_id, _NO_RUN, row.workspace_id)
        after, last = due.position, await self._reader.last_position()
        while after < last:
            until = min(after + POSITIONS_AT_ONCE_MAX, last)
            for callback_id, workspace in await self._reader.rows(_STREAMS, (after, until)):
                await self._look(callback_id, workspace)
            after = until

    async def stop(self) -> None:
        """Ends the calls that are under way; whoever holds their shards next makes them again."""
        calls = list(self._calls.values())
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    async def _look(self, callback_id: UUID, workspace: UUID) -> None:
        if shard(callback_id) not in self._shards.mine:
            return
        try:
            callback, _ = await self._dispatch.load("callback", callback_id, workspace)
        except UnreadableEvent as error:
            _log.error("callback %s is left alone, for it cannot be read: %s", callback_id, error)
        else:
            self._put(callback_id, callback, workspace)

    def _put(self, callback_id: UUID, callback: Callback, workspace: UUID) -> None:
        if isinstance(callback, Due) and shard(callback_id) in self._shards.mine:
            self.timers.put(callback.next_at, callback_id, _NO_RUN, workspace)

    async def _begin(self, callback_id: UUID, _run: str, workspace: UUID) -> None:
        """Begins a call beside the timers, which must not wait for others' servers."""
        if shard(callback_id) not in self._shards.mine:
            return
        self._asked.add(callback_id)
        if callback_id not in self._calls:
            self._calls[callback_id] = asyncio.get_running_loop().create_task(self._call(callback_id, workspace))

    async def _call(self, callback_id: UUID, workspace: UUID) -> None:
        try:
            while callback_id in self._asked:  # What falls due while a call is under way is looked at behind it.
                self._asked.discard(callback_id)
                await self._try(callback_id, workspace)
        finally:
            del self._calls[callback_id]

    async def _try(self, callback_id: UUID, workspace: UUID) -> None:
        try:
            async with self._places:
                await self._call_and_record(callback_id, workspace)
        except (UnreadableEvent, Refusal) as error:
            _log.error("callback %s is left alone: %s", callback_id, error)
        except (StoreUnavailable, OSError) as error:
            _log.warning("callback %s is made later: %s", callback_id, error)
            self.timers.put(datetime.now(UTC) + CALL_AGAIN, callback_id, _NO_RUN, workspace)
        except Exception:  # noqa: BLE001 - a bug that one callback meets must not take the others along
            _log.exception("callback %s broke", callback_id)
            self.timers.put(datetime.now(UTC) + CALL_AGAIN, callback_id, _NO_RUN, workspace)

    async def _call_and_record(self, callback_id: UUID, workspace: UUID) -> None:
        callback: Callback
        callback, _ = await self._dispatch.load("callback", callback_id, workspace)
        if not isinstance(callback, Due):
            return
        if callback.next_at > datetime.now(UTC):
            self._put(callback_id, callback, workspace)
            return
        loop = asyncio.get_running_loop()
        begun = loop.time()
        answer = await self._answer(callback_id, callback, workspace)
        command = RecordCallbackAttempt(
            at=datetime.now(UTC),
            callback_id=callback_id,
            attempt=callback.attempts + 1,
            status=answer.status,
            error=answer.error,
            seconds=round(loop.time() - begun, 3),
            retry_after_seconds=answer.retry_after_seconds,
        )
        await self._sending.send(command, workspace, shard(callback_id))

    async def _answer(self, callback_id: UUID, callback: Due, workspace: UUID) -> Answer:
        request = callback.request
        try:
            key = await self._keys.key_of(workspace, request.credential)
            body = await self._bodies.make(request.job_id, request.outcome)
        except SigningKeyRefused as refused:
            return Answer(error=Failure(code=refused.code, message=refused.message))
        except (BlobMissing, BlobDamaged) as lost:
            return Answer(error=Failure(code=CONTENT_LOST, message=str(lost)))
        headers = sign(key, str(callback_id), datetime.now(UTC), body)
        return await call(self._outgoing, request.url, headers, body)


async def call(outgoing: Outgoing, url: str, headers: dict[str, str], body: bytes) -> Answer:
    """Makes a call once, follows no redirect, and reads nothing but the status."""
    import httpx2  # noqa: PLC0415 - HTTP on first use

    headers = {**headers, "Content-Type": "application/json", "User-Agent": USER_AGENT}
    try:
        async with (
            asyncio.timeout(CALL_SECONDS_MAX),
            outgoing.client() as client,
            client.stream("POST", url, content=body, headers=headers) as response,
        ):
            status, after = response.status_code, response.headers.get("retry-after")
    except TimeoutError:
        return Answer(error=Failure(code=UNREACHABLE, message=_but(f"no answer within {CALL_SECONDS_MAX:.0f} s")))
    except AddressRefused as refused:
        return Answer(error=Failure(code=refused.code, message=str(refused)))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        return Answer(error=Failure(code=UNREACHABLE, message=_but(_what(error))))
    if status in _TAKEN:
        return Answer(status)
    message = f"Expected an answer from 200 to 299, but got {status}."
    return Answer(status, Failure(code=NOT_TAKEN, message=message), retry_after(after))


def _but(found: str) -> str:
    return f"Expected the address to answer, but got {found}."


def _what(error: Any) -> str:
    text = " ".join(str(error).split())[:200].rstrip(".")
    return text or type(error).__name__
