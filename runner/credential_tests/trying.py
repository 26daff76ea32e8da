"""Opens a credential and has its tester try it, within a limit; what is said of it never holds a secret."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Mapping
from uuid import UUID

from domain.credentials.state import Usable
from event_store.keys import KeyRefused
from event_store.secrets import SecretUnreadable
from runner.credential_tests.contract import Tester, TrialTools, Verdict
from runner.credentials import Credentials, keep_secret
from runner.outgoing import Outgoing, refusal_in
from runner.secrecy import RunSecrets

TEST_SECONDS_MAX = 30.0
TESTS_AT_ONCE_MAX = 10
MESSAGE_CHARACTERS_MAX = 500
ACCEPTED_SECONDS = 60.0
"""For so long what was accepted is not tried again for another preview."""
ACCEPTED_KEPT_MAX = 1_000

_log = logging.getLogger(__name__)


class Trying:
    """Tries credentials, a few at once."""

    def __init__(self, credentials: Credentials, outgoing: Outgoing, testers: Mapping[str, Tester]) -> None:
        self._credentials = credentials
        self._outgoing = outgoing
        self._testers = testers
        self._places = asyncio.Semaphore(TESTS_AT_ONCE_MAX)
        self._accepted: OrderedDict[tuple[UUID, int], float] = OrderedDict()

    def was_just_accepted(self, credential_id: UUID, revision: int) -> bool:
        """Whether this process found these secrets accepted a moment ago."""
        at = self._accepted.get((credential_id, revision))
        return at is not None and time.monotonic() - at < ACCEPTED_SECONDS

    async def try_(self, workspace: UUID, credential_id: UUID, credential: Usable) -> Verdict:
        """What came of a try; raises nothing but what keeps the database from being read."""
        async with self._places:
            tested = await self._try(workspace, credential_id, credential)
        if tested.succeeded:
            self._accepted[credential_id, credential.revision] = time.monotonic()
            while len(self._accepted) > ACCEPTED_KEPT_MAX:
                self._accepted.popitem(last=False)
        return tested

    async def _try(self, workspace: UUID, credential_id: UUID, credential: Usable) -> Verdict:
        secrets = RunSecrets()
        try:
            opened = await self._credentials.read(workspace, credential_id, credential)
        except (KeyRefused, SecretUnreadable) as error:
            return Verdict(succeeded=False, message=str(error))
        keep_secret(opened, secrets)
        tester = self._testers.get(credential.kind)
        if tester is None:
            return Verdict(succeeded=True, message="It can be opened; nothing here tries it where it belongs.")
        tools = TrialTools(self._outgoing, secrets.add)
        try:
            async with asyncio.timeout(TEST_SECONDS_MAX):
                tested = await tester(opened.values, tools)
        except TimeoutError:
            tested = Verdict(
                succeeded=False, message=f"Expected an answer within {TEST_SECONDS_MAX:g} s, but none came."
            )
        except Exception as error:  # noqa: BLE001 - whatever a tester meets, the test must end
            refused = refusal_in(error)
            message = (
                str(refused) if refused else f"Expected to reach its server, but that led to {type(error).__name__}."
            )
            tested = Verdict(succeeded=False, message=message)
            _log.info("the test of credential %s led to %s", credential_id, type(error).__name__)
        return Verdict(tested.succeeded, secrets.blanked(tested.message)[:MESSAGE_CHARACTERS_MAX])
