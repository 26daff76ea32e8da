"""The shapes a credential can have, and how each event leads from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from domain.credentials.events import (
    CredentialCreated,
    CredentialEvent,
    CredentialRemoved,
    CredentialSecretSet,
    CredentialTested,
    CredentialTestRequested,
)


@dataclass(frozen=True, slots=True)
class NoCredential:
    """Nothing was created here."""


@dataclass(frozen=True, slots=True)
class Usable:
    """A credential whose secrets of the latest revision can be opened."""

    name: str
    kind: str
    revision: int = 0
    fields: tuple[str, ...] = ()
    test_awaited: bool = False  # whether a runner is to try this revision
    tested: bool | None = None  # what came of the last try of this revision; None: it was never tried


@dataclass(frozen=True, slots=True)
class Removed:
    """It was removed; created again, its revisions go on from here, so that none is ever meant twice."""

    name: str
    kind: str
    revision: int


Credential = NoCredential | Usable | Removed
INITIAL = NoCredential()


def lost_through(credential: Credential) -> int:
    """The last revision whose secrets are lost: those before the one that holds, of a removed credential that one too."""
    match credential:
        case NoCredential():
            return 0
        case Usable():
            return credential.revision - 1
        case Removed():
            return credential.revision
        case _:
            assert_never(credential)


def evolve(credential: Credential, event: CredentialEvent) -> Credential:
    """Total: every recorded event can be applied, whatever today's rules say."""
    if isinstance(event, CredentialCreated):
        revision = 0 if isinstance(credential, NoCredential) else credential.revision
        return Usable(event.name, event.kind, revision)
    if isinstance(credential, NoCredential):
        return credential
    if isinstance(credential, Removed):
        return credential
    match event:
        case CredentialSecretSet():
            return Usable(credential.name, credential.kind, event.revision, event.fields)
        case CredentialTestRequested():
            return replace(credential, test_awaited=True)
        case CredentialTested():
            if event.revision != credential.revision:
                return credential
            return replace(credential, test_awaited=False, tested=event.succeeded)
        case CredentialRemoved():
            return Removed(credential.name, credential.kind, credential.revision)
        case _:
            assert_never(event)
