"""Makes the tests that were asked for, of the credentials of this runner's shards; and sees that secrets that are lost are gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from domain.credentials.commands import RecordCredentialTested
from domain.credentials.state import Credential, Removed, Usable, lost_through
from domain.jobs.shard import shard
from domain.refusals import Refusal
from event_store.dispatch import Dispatch
from event_store.drafting import Written
from event_store.mapper import UnreadableEvent
from event_store.reader import Reader
from event_store.secrets import Secrets
from event_store.units import Record, StoreUnavailable
from projections.credentials import read_awaited_tests, removed_credentials
from projections.views import Views
from runner.credential_tests.trying import Trying
from runner.sending import Sending
from runner.shards import Shards

POSITIONS_AT_ONCE_MAX = 100_000
_STREAMS: Final = (
    "select distinct originator_id, workspace from stored_events"
    " where notification_id > %b and notification_id <= %b and topic like 'credential.%%'"
)

_log = logging.getLogger(__name__)


class AwaitedTests:
    """The tests under way here: begun by what is written, by what others write, and by what is found in shards that were taken."""

    def __init__(
        self,
        *,
        dispatch: Dispatch,
        sending: Sending,
        shards: Shards,
        reader: Reader,
        views: Views,
        secrets: Secrets,
        trying: Trying,
    ) -> None:
        self._dispatch = dispatch
        self._sending = sending
        self._shards = shards
        self._reader = reader
        self._views = views
        self._secrets = secrets
        self._trying = trying
        self._under_way: dict[UUID, asyncio.Task[None]] = {}

    def written(self, written: Written) -> None:
        """What this runner just committed."""
        if written.subject == "credential" and shard(written.stream) in self._shards.mine:
            self._follow(written.stream, written.workspace, written.state)

    async def woken(self, credential_id: UUID, records: list[Record]) -> None:
        """What someone else wrote to a credential, marked for its owner."""
        await self._look(credential_id, records[0].workspace)

    async def survey(self, shards: Collection[int]) -> None:
        """Finds the tests that are awaited in shards: by the read model, and by the log beyond it, however far it lags."""
        awaited = await read_awaited_tests(self._views, sorted(shards))
        for row in awaited.credentials:
            await self._look(row.credential_id, row.workspace_id)
        after, last = awaited.position, await self._reader.last_position()
        while after < last:
            until = min(after + POSITIONS_AT_ONCE_MAX, last)
            for credential_id, workspace in await self._reader.rows(_STREAMS, (after, until)):
                await self._look(credential_id, workspace)
            after = until
        await self._sweep(shards)

    async def stop(self) -> None:
        """Ends the tests under way; they are made again by the next owner."""
        tests = list(self._under_way.values())
        for test in tests:
            test.cancel()
        if tests:
            await asyncio.wait(tests)

    async def _sweep(self, shards: Collection[int]) -> None:
        """Deletes secrets that outlived their removal or those set after them, as when the API that did it was killed."""
        held = await self._secrets.held()
        mine = {credential: (workspace, count) for workspace, credential, count in held if shard(credential) in shards}
        removed = await removed_credentials(self._views, list(mine)) if mine else set()
        for credential_id, (workspace, count) in mine.items():
            if count > 1 or credential_id in removed:
                credential = await self._load(credential_id, workspace)
                if credential is not None:
                    await self._secrets.drop(workspace, credential_id, through=lost_through(credential))

    async def _look(self, credential_id: UUID, workspace: UUID) -> None:
        if shard(credential_id) in self._shards.mine:
            credential = await self._load(credential_id, workspace)
            if credential is not None:
                self._follow(credential_id, workspace, credential)

    async def _load(self, credential_id: UUID, workspace: UUID) -> Credential | None:
        credential: Credential
        try:
            credential, _ = await self._dispatch.load("credential", credential_id, workspace)
        except UnreadableEvent as error:
            _log.error("credential %s is left alone, for it cannot be read: %s", credential_id, error)
            return None
        return credential

    def _follow(self, credential_id: UUID, workspace: UUID, credential: Credential) -> None:
        wants_test = isinstance(credential, Usable) and credential.test_awaited
        if credential_id in self._under_way or not (wants_test or isinstance(credential, Removed)):
            return
        task = asyncio.get_running_loop().create_task(self._work_off(credential_id, workspace))
        self._under_way[credential_id] = task
        task.add_done_callback(lambda _: self._under_way.pop(credential_id, None))

    async def _work_off(self, credential_id: UUID, workspace: UUID) -> None:
        """Until nothing is awaited any more: its secrets may be set, and a test asked for, while one is made."""
        try:
            while True:
                credential: Credential
                credential, _ = await self._dispatch.load("credential", credential_id, workspace)
                if isinstance(credential, Removed):
                    await self._secrets.drop(workspace, credential_id, through=credential.revision)
                    return
                if not isinstance(credential, Usable) or not credential.test_awaited:
                    return
                await self._test(credential_id, workspace, credential)
        except (StoreUnavailable, UnreadableEvent, OSError) as error:  # The next survey finds it again.
            _log.warning("credential %s is tested later: %s", credential_id, type(error).__name__)
        except Refusal as refusal:
            _log.warning("the test of credential %s was refused: %s", credential_id, refusal.code)
        except Exception:  # noqa: BLE001 - a bug that one credential meets must not take the others along
            _log.exception("testing credential %s broke", credential_id)

    async def _test(self, credential_id: UUID, workspace: UUID, credential: Usable) -> None:
        tested = await self._trying.try_(workspace, credential_id, credential)
        command = RecordCredentialTested(
            at=datetime.now(UTC),
            credential_id=credential_id,
            revision=credential.revision,
            succeeded=tested.succeeded,
            message=tested.message,
        )
        await self._sending.send(command, workspace, shard(credential_id))
