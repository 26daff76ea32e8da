"""Lists of webhooks."""

from __future__ import annotations

from uuid import UUID

import strawberry

from graphql_api.context import Context, read_id
from graphql_api.describe import about, input_type
from graphql_api.paging import Connection, check_first, connection, key_cursor, key_of
from graphql_api.scalars import Cursor, Position
from graphql_api.webhooks.types import Webhook, WebhookStatus, show_webhook
from projections.webhooks import IN_USE, list_webhooks
from projections.webhooks import WebhookFilter as Filter

KIND = "webhooks"
NONE = UUID(int=0)


@input_type
class WebhookFilter:
    """Which webhooks a list shows; what is left out does not restrict."""

    statuses: list[WebhookStatus] | None = about(
        "Those that stand in one of these ways; left out, all that were not removed.", default=None
    )
    workflow_id: strawberry.ID | None = about("Those of one workflow.", default=None)
    name: str | None = about("The one of this name.", default=None)


async def list_webhooks_of(
    context: Context, chosen: WebhookFilter | None, first: int, after: Cursor | None, at_least: Position | None
) -> Connection[Webhook]:
    """A page of the webhooks of the workspace."""
    context.identity.require("webhook:read")
    await context.at_least(at_least)
    begin, position = key_of(KIND, after), await context.views_position()
    page = await list_webhooks(
        context.api.system.views,
        context.workspace_id,
        _read(chosen or WebhookFilter()),
        first=check_first(first),
        after=begin[0] if begin else None,
    )
    return connection(page, show_webhook, lambda row: key_cursor(KIND, row.position), after=after, position=position)


def _read(chosen: WebhookFilter) -> Filter:
    return Filter(
        statuses=IN_USE if chosen.statuses is None else [status.value for status in chosen.statuses],
        workflow_id=None if chosen.workflow_id is None else read_id(chosen.workflow_id) or NONE,
        name=chosen.name,
    )
