"""The rows of the read model `webhooks`: one a webhook, and one for each signed call that started no job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.tables import Json, Table


@dataclass(slots=True)
class WebhookRow:
    """A webhook as lists show it; a removed one stays, so that what it started can be looked up."""

    webhook_id: UUID
    workspace_id: UUID
    position: int  # of its first event: the order of lists
    version: int  # of its last event in the stream
    last_position: int
    edition: int  # counts what people did to it: what a change expects
    name: str
    status: str  # OPEN, PAUSED, REMOVED
    workflow_id: UUID
    plan: Json
    member_id: UUID  # on whose behalf its jobs start
    created_by: str
    created_at: datetime
    changed_at: datetime
    reason: Json = None  # of the pause or the removal
    refused: int = 0


@dataclass(slots=True)
class WebhookRefusalRow:
    """A call, signed rightly, that started no job."""

    webhook_id: UUID
    version: int  # of the event that tells it: the order of lists
    workspace_id: UUID
    position: int
    delivery_id: str
    refused_at: datetime
    error: Json


WEBHOOKS_TABLE: Table[Any] = Table("webhooks", WebhookRow, ("webhook_id",))
WEBHOOK_REFUSALS_TABLE: Table[Any] = Table("webhook_refusals", WebhookRefusalRow, ("webhook_id", "version"))
