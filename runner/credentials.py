"""Credentials as runs are given them: found by name, said in the log, then opened; what was opened is kept out of the outcome."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError

from domain.credentials.decide import credential_id_of
from domain.credentials.kinds import CREDENTIAL_KINDS
from domain.credentials.state import Credential, NoCredential, Usable
from domain.graph import GraphTask
from domain.kinds import KINDS
from domain.kinds.credential_names import NamedCredential, can_name, credentials_in
from event_store.keys import KeyRefused
from event_store.secrets import Secrets, SecretUnreadable
from event_store.units import StoreUnavailable
from runner.actions.contract import CredentialRefused
from runner.performance import READ_AGAIN_SECONDS_MAX, READ_AGAIN_SECONDS_MIN
from runner.secrecy import RunSecrets

CREDENTIAL_KIND_MISFIT = "CREDENTIAL_KIND_MISFIT"
CREDENTIAL_NOT_NAMED = "CREDENTIAL_NOT_NAMED"
CREDENTIAL_REMOVED = "CREDENTIAL_REMOVED"
CREDENTIAL_UNKNOWN = "CREDENTIAL_UNKNOWN"
CREDENTIAL_UNREADABLE = "CREDENTIAL_UNREADABLE"
OPENINGS_MAX = 5
"""How often a credential is looked up anew when its secrets are set while it is opened."""

Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)

FindCredential = Callable[[UUID, UUID], Awaitable[Credential]]
"""(workspace, credential) → how it stands by the log."""
SayOpened = Callable[[UUID, str, int], Awaitable[None]]
"""(credential, name, revision): has the log say that the run is given it."""


class SecretValues(Mapping[str, Any]):
    """The fields of a credential, which show nothing of themselves and cannot be pickled."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = dict(values)

    def __getitem__(self, name: str) -> Any:
        """The value of a field."""
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        """The names of the fields that are set."""
        return iter(self._values)

    def __len__(self) -> int:
        """How many fields are set."""
        return len(self._values)

    def __repr__(self) -> str:
        """The names of the fields."""
        return f"SecretValues({', '.join(self._values)})"

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Refused: what is pickled is written somewhere."""
        raise TypeError("Expected secrets to stay where they were opened, but something pickles them.")


@dataclass(frozen=True, slots=True)
class Opened:
    """A credential as a run is given it: its kind, and the values of the fields of that kind that are set."""

    name: str
    kind: str
    revision: int
    values: SecretValues


class Credentials:
    """The credentials of all workspaces, as this process can open them; while the database is away, whoever asks waits."""

    def __init__(self, find: FindCredential, secrets: Secrets) -> None:
        self._find = find
        self._secrets = secrets

    async def find(self, workspace: UUID, name: str) -> tuple[UUID, Usable]:
        """The credential of this name, ready to be opened; raises CredentialRefused."""
        credential_id = credential_id_of(workspace, name)
        credential = await _answered(partial(self._find, workspace, credential_id), name)
        if isinstance(credential, Usable):
            return credential_id, credential
        if isinstance(credential, NoCredential):
            message = (
                f"Expected the credential {name} in this workspace, but there is none; create it, or name another."
            )
            raise CredentialRefused(CREDENTIAL_UNKNOWN, message)
        message = f"Expected the credential {name}, but it was removed; create it again, or name another."
        raise CredentialRefused(CREDENTIAL_REMOVED, message)

    async def read(self, workspace: UUID, credential_id: UUID, credential: Usable) -> Opened:
        """What its secrets are; raises CredentialRefused, or SecretUnreadable where others may have set them since."""
        opening = partial(self._secrets.open, workspace, credential_id, credential.revision)
        values = await _answered(opening, credential.name)
        return Opened(credential.name, credential.kind, credential.revision, SecretValues(values))


def named_by(task: GraphTask) -> tuple[NamedCredential, ...]:
    """The credentials that a task's configuration names; where it cannot be read here, what stands as its `credential`."""
    kind = KINDS.get(task.kind)
    try:
        if kind is not None and not can_name(kind.config):
            return ()
        if kind is not None:
            return tuple(credentials_in(kind.read(task.config)))
    except ValidationError:
        pass
    name = task.config.get("credential")
    return (NamedCredential("credential", name),) if isinstance(name, str) and name else ()


async def _answered(ask: Callable[[], Awaitable[Answer]], name: str) -> Answer:
    """What the database answers, however long it is away: the limits of whoever asks end the waiting."""
    pause = READ_AGAIN_SECONDS_MIN
    while True:
        try:
            return await ask()
        except StoreUnavailable as error:
            _log.warning("the credential %s cannot be read yet: %s", name, type(error).__name__)
        await asyncio.sleep(pause)
        pause = min(2 * pause, READ_AGAIN_SECONDS_MAX)


class RunCredentials:
    """The credentials of one run: those that its configuration names, and no others."""

    def __init__(
        self,
        credentials: Credentials,
        workspace: UUID,
        task: GraphTask,
        say_opened: SayOpened,
        secrets: RunSecrets,
    ) -> None:
        self._credentials = credentials
        self._workspace = workspace
        self._task = task
        self._say_opened = say_opened
        self._secrets = secrets
        self._opened: dict[str, Opened] = {}
        self._opening: asyncio.Lock | None = None  # Most runs open none.

    async def open(self, name: str) -> Opened:
        """The secrets of a credential, once the log says that the run is given them; raises CredentialRefused."""
        self._opening = self._opening or asyncio.Lock()
        async with self._opening:
            if name not in self._opened:
                self._opened[name] = await self._open(name)
            return self._opened[name]

    def conceal(self, secret: str) -> None:
        """Has a secret that was made of one (a token fetched, a header) kept out of the outcome and the logs too."""
        self._secrets.add(secret)

    async def _open(self, name: str) -> Opened:
        named = next((each for each in named_by(self._task) if each.name == name), None)
        if named is None:
            message = f"Expected a credential that the task's configuration names, but it does not name {name!r:.80}."
            raise CredentialRefused(CREDENTIAL_NOT_NAMED, message)
        unreadable: set[int] = set()  # revisions that were found so
        while True:
            credential_id, credential = await self._credentials.find(self._workspace, name)
            if named.kinds and credential.kind not in named.kinds:
                message = (
                    f"Expected a credential of the kind {' or '.join(named.kinds)} for {named.path}, but {name} is of the "
                    f"kind {credential.kind}."
                )
                raise CredentialRefused(CREDENTIAL_KIND_MISFIT, message)
            try:
                opened = await self._credentials.read(self._workspace, credential_id, credential)
            except KeyRefused as refused:
                raise CredentialRefused(CREDENTIAL_UNREADABLE, str(refused)) from None
            except SecretUnreadable as error:
                # Others may have set them since: then it is those that are given.
                if credential.revision in unreadable or len(unreadable) == OPENINGS_MAX:
                    raise CredentialRefused(CREDENTIAL_UNREADABLE, str(error)) from None
                unreadable.add(credential.revision)
                continue
            await self._say_opened(credential_id, name, credential.revision)
            keep_secret(opened, self._secrets)
            return opened


def keep_secret(opened: Opened, secrets: RunSecrets) -> None:
    """Has the secret fields of a credential kept secret, also as a header of basic authentication has them."""
    kind = CREDENTIAL_KINDS.get(opened.kind)
    for name, value in opened.values.items():
        if isinstance(value, str) and (kind is None or name in kind.secret):
            secrets.add(value)
    if "username" in opened.values and isinstance(password := opened.values.get("password"), str):
        secrets.add(f"{opened.values['username']}:{password}")
