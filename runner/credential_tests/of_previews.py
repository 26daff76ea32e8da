"""A preview tries the credentials that its tasks name before it performs any of them."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from datetime import UTC, datetime
from uuid import UUID

from domain.credentials.commands import RecordCredentialTested
from domain.credentials.state import Usable
from domain.jobs.shard import shard
from domain.refusals import Refusal
from runner.actions.contract import CredentialRefused, Failed
from runner.credential_tests.trying import Trying
from runner.credentials import CREDENTIAL_KIND_MISFIT, Credentials, named_by
from runner.sending import Sending
from runner.values import JobValues

CREDENTIAL_TEST_FAILED = "CREDENTIAL_TEST_FAILED"
PREVIEWS_KEPT_MAX = 1_000


class PreviewTests:
    """What came of trying the credentials of each preview, kept for all its runs."""

    def __init__(self, credentials: Credentials, trying: Trying, sending: Sending) -> None:
        self._credentials = credentials
        self._trying = trying
        self._sending = sending
        self._kept: OrderedDict[UUID, asyncio.Future[Failed | None]] = OrderedDict()

    async def look(self, values: JobValues) -> Failed | None:
        """Why no run of this preview is performed; None where all its credentials are accepted."""
        kept = self._kept.get(values.job_id)
        if kept is None or (kept.done() and (kept.cancelled() or kept.exception() is not None)):
            kept = self._kept[values.job_id] = asyncio.ensure_future(self._try_all(values))
            kept.add_done_callback(_seen)
            while len(self._kept) > PREVIEWS_KEPT_MAX:
                self._kept.popitem(last=False)
        return await asyncio.shield(kept)

    async def _try_all(self, values: JobValues) -> Failed | None:
        pinned = {} if values.preview is None else values.preview.pinned
        named = {each.name: each for task in values.graph.tasks if task.name not in pinned for each in named_by(task)}
        found = await asyncio.gather(*(self._try(values, name, each.kinds) for name, each in named.items()))
        return next((failed for failed in found if failed is not None), None)

    async def _try(self, values: JobValues, name: str, kinds: tuple[str, ...]) -> Failed | None:
        try:
            credential_id, credential = await self._credentials.find(values.workspace, name)
        except CredentialRefused as refused:
            return Failed(refused.code, refused.message)
        if kinds and credential.kind not in kinds:
            expected = f"a credential of the kind {' or '.join(kinds)}"
            message = f"Expected {expected}, but {name} is of the kind {credential.kind}."
            return Failed(CREDENTIAL_KIND_MISFIT, message)
        if self._trying.was_just_accepted(credential_id, credential.revision):
            return None
        tested = await self._trying.try_(values.workspace, credential_id, credential)
        await self._record(values, credential_id, credential, tested.message, succeeded=tested.succeeded)
        if tested.succeeded:
            return None
        message = f"Expected the credential {name} to be accepted before the preview begins, but: {tested.message}"
        return Failed(CREDENTIAL_TEST_FAILED, message)

    async def _record(
        self, values: JobValues, credential_id: UUID, credential: Usable, message: str, *, succeeded: bool
    ) -> None:
        command = RecordCredentialTested(
            at=datetime.now(UTC),
            credential_id=credential_id,
            revision=credential.revision,
            succeeded=succeeded,
            message=message,
            job_id=values.job_id,
        )
        origin = self._sending.origin(values.workspace, on_behalf_of=values.started_by)
        try:
            await self._sending.send(command, values.workspace, shard(credential_id), origin=origin)
        except Refusal:
            return  # Removed meanwhile: opening it says so.


def _seen(tried: asyncio.Future[Failed | None]) -> None:
    # Whoever waits is told what went wrong; that nobody does any more is no error.
    if not tried.cancelled():
        tried.exception()
