"""The keys that calls between systems are signed with: those of credentials of kind signing, by their names."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from domain.credentials.decide import credential_id_of
from domain.credentials.state import Credential, Usable
from domain.webhooks.signing import SecretWrong, read_secret
from event_store.dispatch import Dispatch
from event_store.keys import KeyRefused
from event_store.secrets import Secrets, SecretUnreadable

SIGNING = "signing"
OPENINGS_MAX = 5
"""How often a credential is looked up anew when its secret is set while it is opened."""


class SigningKeyRefused(Exception):
    """A key cannot be had; the code and the sentence say why, and never what it is."""

    def __init__(self, code: str, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(message)


class FindsSigningKeys(Protocol):
    """Whoever finds the key of a credential by its name."""

    async def key_of(self, workspace: UUID, name: str) -> bytes:
        """The key; raises SigningKeyRefused."""
        ...


class SigningKeys:
    """Finds and opens them, each time anew: what was removed or set again counts at once."""

    def __init__(self, dispatch: Dispatch, secrets: Secrets) -> None:
        self._dispatch = dispatch
        self._secrets = secrets

    async def check(self, workspace: UUID, name: str) -> tuple[UUID, Usable]:
        """The credential, which is there and of the kind; raises SigningKeyRefused."""
        credential_id = credential_id_of(workspace, name)
        credential: Credential
        credential, _ = await self._dispatch.load("credential", credential_id, workspace)
        if not isinstance(credential, Usable):
            message = f"Expected the credential {name} in this workspace, but there is none."
            raise SigningKeyRefused("CREDENTIAL_UNKNOWN", message)
        if credential.kind != SIGNING:
            message = f"Expected a credential of the kind {SIGNING}, but {name} is of the kind {credential.kind}."
            raise SigningKeyRefused("CREDENTIAL_KIND_MISFIT", message)
        return credential_id, credential

    async def key_of(self, workspace: UUID, name: str) -> bytes:
        """The key; raises SigningKeyRefused."""
        unreadable: set[int] = set()  # revisions that were found so
        while True:
            credential_id, credential = await self.check(workspace, name)
            try:
                values = await self._secrets.open(workspace, credential_id, credential.revision)
            except KeyRefused as refused:
                raise SigningKeyRefused("CREDENTIAL_UNREADABLE", str(refused)) from None
            except SecretUnreadable as error:
                # Others may have set it since: then it is that one that counts.
                if credential.revision in unreadable or len(unreadable) == OPENINGS_MAX:
                    raise SigningKeyRefused("CREDENTIAL_UNREADABLE", str(error)) from None
                unreadable.add(credential.revision)
                continue
            try:
                return read_secret(values["secret"])
            except (KeyError, SecretWrong):
                message = f"Expected a secret of 24 to 64 bytes in base64 in the credential {name}, but it has another."
                raise SigningKeyRefused("CREDENTIAL_MISFIT", message) from None
