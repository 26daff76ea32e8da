"""Webhooks, many at once."""

from __future__ import annotations

from uuid import UUID

from graphql_api.context import Context
from projections.webhooks import WebhookRow, find_webhooks


async def webhooks_by_id(context: Context, ids: list[UUID]) -> list[WebhookRow | None]:
    """The webhooks of the workspace with these ids, the removed ones too."""
    found = await find_webhooks(context.api.system.views, context.workspace_id, ids)
    return [found.get(webhook_id) for webhook_id in ids]
