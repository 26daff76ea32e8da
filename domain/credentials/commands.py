"""What can be asked of a credential: what people wish, and what a runner reports of a test."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from domain.refusals import Detail
from domain.subject import Command, command


@command
class CredentialCommand(Command):
    """A command addressed to one credential."""

    subject: ClassVar[str] = "credential"
    credential_id: UUID

    @property
    def stream(self) -> UUID:
        """The credential's own stream."""
        return self.credential_id


@command
class CreateCredential(CredentialCommand):
    """Begin a credential whose secrets are sealed already, under this revision."""

    name: str
    kind: str
    description: Any = None
    revision: int
    fields: tuple[str, ...]
    findings: tuple[Detail, ...] = ()  # what the caller found wrong in the values; any refuses the credential


@command
class SetCredentialSecret(CredentialCommand):
    """Take other secrets, which are sealed already, under this revision."""

    revision: int
    fields: tuple[str, ...]
    based_on: int | None = None  # the revision that the fields which were not given were taken over from
    findings: tuple[Detail, ...] = ()


@command
class RequestCredentialTest(CredentialCommand):
    """Have a runner try the secrets."""


@command
class RecordCredentialTested(CredentialCommand):
    """A runner reports whether the secrets of a revision were accepted; of one that is not the latest nothing is recorded."""

    revision: int
    succeeded: bool
    message: Any = None
    job_id: UUID | None = None  # the preview that had it tried


@command
class RemoveCredential(CredentialCommand):
    """End a credential; its secrets are deleted."""

    reason: Any = None


AnyCredentialCommand = (
    CreateCredential | SetCredentialSecret | RequestCredentialTest | RecordCredentialTested | RemoveCredential
)
