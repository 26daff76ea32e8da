"""Credentials for tests of what uses them: created as the API does, sealed for real."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.credentials.commands import CreateCredential, SetCredentialSecret
from domain.credentials.decide import credential_id_of
from tests.runner.stage import Stage


async def create_credential(stage: Stage, name: str, kind: str, **values: Any) -> UUID:
    """A credential of the stage's workspace with these secrets."""
    credential_id = credential_id_of(stage.workspace, name)
    revision = await stage.system.secrets.seal(stage.workspace, credential_id, values, after=0)
    command = CreateCredential(
        at=datetime.now(UTC),
        credential_id=credential_id,
        name=name,
        kind=kind,
        revision=revision,
        fields=tuple(values),
    )
    await stage.system.dispatch.send(command, stage.origin)
    return credential_id


async def set_secret(stage: Stage, name: str, **values: Any) -> int:
    """Other secrets of a credential; gives their revision."""
    credential_id = credential_id_of(stage.workspace, name)
    revision = await stage.system.secrets.seal(stage.workspace, credential_id, values, after=0)
    command = SetCredentialSecret(
        at=datetime.now(UTC), credential_id=credential_id, revision=revision, fields=tuple(values)
    )
    await stage.system.dispatch.send(command, stage.origin)
    await stage.system.secrets.drop(stage.workspace, credential_id, through=revision - 1)
    return revision
