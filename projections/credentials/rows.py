"""The rows of the read model `credentials`: one a credential, never with a secret."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.tables import Json, Table


@dataclass(slots=True)
class CredentialRow:
    """A credential as lists show it; a removed one stays, so that its uses can be looked up."""

    credential_id: UUID
    workspace_id: UUID
    shard: int
    position: int  # of its first event: the order of lists
    version: int  # of its last event in the stream
    last_position: int
    name: str
    kind: str
    description: Json
    status: str  # ACTIVE, REMOVED
    revision: int  # of its secrets
    fields: tuple[str, ...]  # that are set
    created_by: str
    created_at: datetime
    changed_at: datetime
    set_by: str | None = None
    set_at: datetime | None = None
    test_awaited: bool = False
    tested: bool | None = None  # whether the secrets of this revision were accepted; None: never tried
    tested_at: datetime | None = None
    test_message: Json = None
    test_job_id: UUID | None = None  # the preview that had it tried
    reason: Json = None  # of the removal


CREDENTIALS_TABLE: Table[Any] = Table("credentials", CredentialRow, ("credential_id",))
