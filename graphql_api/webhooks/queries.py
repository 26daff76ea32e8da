"""What can be asked of webhooks."""

from __future__ import annotations

import strawberry

from graphql_api.context import Info, read_id
from graphql_api.describe import field
from graphql_api.scalars import Position
from graphql_api.webhooks.loaders import webhooks_by_id
from graphql_api.webhooks.types import Webhook, show_webhook


@strawberry.type
class WebhookQueries:
    """What can be asked of webhooks."""

    @field
    async def webhook(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the word of the API
        at_least_position: Position | None = None,
    ) -> Webhook | None:
        """A webhook of the workspace, also a removed one; null where there is none of this id."""
        info.context.identity.require("webhook:read")
        await info.context.at_least(at_least_position)
        webhook_id = read_id(id)
        row = None if webhook_id is None else await info.context.loader(webhooks_by_id).load(webhook_id)
        return None if row is None else show_webhook(row)
