"""What can happen to a credential. No event holds a secret, a digest of one, or how long it is."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from domain.events import Event


class CredentialCreated(Event):
    """A credential of this kind began under this name, which stays free for it when it is removed."""

    wire: ClassVar[str] = "credential.created.v1"
    name: str
    kind: str
    description: Any = None


class CredentialSecretSet(Event):
    """New secrets were set, in these fields, and those before are lost."""

    wire: ClassVar[str] = "credential.secret_set.v1"
    revision: int
    fields: tuple[str, ...]


class CredentialTestRequested(Event):
    """Someone asked whether the secrets of this revision are accepted; a runner tries them."""

    wire: ClassVar[str] = "credential.test_requested.v1"
    revision: int


class CredentialTested(Event):
    """The secrets of this revision were tried: accepted, or not for this reason; in a preview, where a job is named."""

    wire: ClassVar[str] = "credential.tested.v1"
    revision: int
    succeeded: bool
    message: Any = None
    job_id: UUID | None = None


class CredentialRemoved(Event):
    """The credential cannot be used any more, and its secrets are lost."""

    wire: ClassVar[str] = "credential.removed.v1"
    reason: Any = None


CredentialEvent = (
    CredentialCreated | CredentialSecretSet | CredentialTestRequested | CredentialTested | CredentialRemoved
)
