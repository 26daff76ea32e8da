"""Decides commands for credentials: what happens, or why not."""

from __future__ import annotations

import re
from uuid import UUID

from domain.credentials import refusals
from domain.credentials.commands import (
    CreateCredential,
    CredentialCommand,
    RecordCredentialTested,
    RemoveCredential,
    RequestCredentialTest,
    SetCredentialSecret,
)
from domain.credentials.events import (
    CredentialCreated,
    CredentialRemoved,
    CredentialSecretSet,
    CredentialTested,
    CredentialTestRequested,
)
from domain.credentials.kinds import CREDENTIAL_KINDS
from domain.credentials.state import Credential, NoCredential, Removed, Usable
from domain.events import Event
from domain.ids import derive
from domain.refusals import Detail

NAME_CHARACTERS_MAX = 63
DESCRIPTION_CHARACTERS_MAX = 1_000
SHOWN_CHARACTERS_MAX = 80

_NAME = re.compile(rf"[a-z][a-z0-9_-]{{0,{NAME_CHARACTERS_MAX - 1}}}", re.ASCII)


def credential_id_of(workspace: UUID, name: str) -> UUID:
    """The id of the credential of this name: it follows from the name, so that one name is one stream and no read is needed to find it."""
    return derive(workspace, "credential", name.replace("\0", ""))


def decide(command: CredentialCommand, credential: Credential) -> list[Event]:
    """The events of a command; none when there is nothing left to do."""
    if isinstance(command, CreateCredential):
        return create(command, credential)
    if isinstance(credential, NoCredential):
        raise refusals.CredentialNotFound
    if isinstance(credential, Removed):
        if isinstance(command, RemoveCredential | RecordCredentialTested):
            return []
        raise refusals.CredentialIsRemoved(name=credential.name)
    match command:
        case SetCredentialSecret():
            return set_secret(command, credential)
        case RequestCredentialTest():
            return request_test(credential)
        case RecordCredentialTested():
            return record_tested(command, credential)
        case RemoveCredential():
            return [CredentialRemoved(reason=command.reason)]
        case _:
            raise TypeError(f"Expected a command for credentials, but got {type(command).__name__}.")


def create(command: CreateCredential, credential: Credential) -> list[Event]:
    """A credential begins with its secrets; the name of a removed one may be used again."""
    if isinstance(credential, Usable):
        raise refusals.CredentialNameTaken(name=credential.name, kind=credential.kind)
    if _NAME.fullmatch(command.name) is None:
        found = repr(command.name[:SHOWN_CHARACTERS_MAX])
        raise refusals.CredentialNameRefused(most=NAME_CHARACTERS_MAX, found=found)
    if command.kind not in CREDENTIAL_KINDS:
        found = repr(command.kind[:SHOWN_CHARACTERS_MAX])
        raise refusals.CredentialKindUnknown(kinds=", ".join(CREDENTIAL_KINDS), found=found)
    if isinstance(command.description, str) and len(command.description) > DESCRIPTION_CHARACTERS_MAX:
        found = str(len(command.description))
        raise refusals.CredentialDescriptionRefused(most=DESCRIPTION_CHARACTERS_MAX, found=found)
    before = 0 if isinstance(credential, NoCredential) else credential.revision
    _check_revision(command.name, command.revision, before)
    _check_fields(command.kind, command.fields, command.findings)
    return [
        CredentialCreated(name=command.name, kind=command.kind, description=command.description),
        CredentialSecretSet(revision=command.revision, fields=tuple(sorted(command.fields))),
    ]


def set_secret(command: SetCredentialSecret, credential: Usable) -> list[Event]:
    """Other secrets, none of which is known here; fields taken over must come from the revision that still holds."""
    if command.based_on not in (None, credential.revision):
        raise refusals.CredentialRevisionPassed(
            name=credential.name, expected=command.based_on, found=credential.revision
        )
    _check_revision(credential.name, command.revision, credential.revision)
    _check_fields(credential.kind, command.fields, command.findings)
    return [CredentialSecretSet(revision=command.revision, fields=tuple(sorted(command.fields)))]


def request_test(credential: Usable) -> list[Event]:
    """Asking while one is awaited changes nothing."""
    return [] if credential.test_awaited else [CredentialTestRequested(revision=credential.revision)]


def record_tested(command: RecordCredentialTested, credential: Usable) -> list[Event]:
    """What came of a try of the secrets that hold; of earlier ones nobody wants to know any more."""
    if command.revision != credential.revision:
        return []
    return [
        CredentialTested(
            revision=command.revision, succeeded=command.succeeded, message=command.message, job_id=command.job_id
        )
    ]


def _check_revision(name: str, revision: int, before: int) -> None:
    if revision <= before:
        raise refusals.CredentialRevisionPassed(name=name, expected=revision - 1, found=before)


def _check_fields(kind: str, fields: tuple[str, ...], findings: tuple[Detail, ...]) -> None:
    declared = CREDENTIAL_KINDS[kind]
    wrong = {name: Detail(name, "a field of the kind", "another") for name in fields if name not in declared.fields}
    wrong |= {name: Detail(name, "a value", "nothing") for name in declared.required if name not in fields}
    wrong |= {detail.path: detail for detail in findings}
    if wrong:
        raise refusals.CredentialFieldsWrong(kind=kind, fields=", ".join(wrong), details=tuple(wrong.values()))
