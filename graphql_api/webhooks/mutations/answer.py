"""How mutations of webhooks answer when they succeed."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

import strawberry

from domain.webhooks.refusals import WebhookNotFound
from event_store.requests import Receipt
from graphql_api.context import Context, Info, read_id
from graphql_api.describe import about, field, interface_type
from graphql_api.scalars import Position
from graphql_api.webhooks.loaders import webhooks_by_id
from graphql_api.webhooks.types import Webhook, show_webhook


@interface_type
class WebhookChanged:
    """The webhook was changed, or stands as asked already."""

    webhook_id: strawberry.ID = about("The webhook.")
    written_at: strawberry.Private[int]

    @field
    async def position(self, info: Info) -> Position:
        """The place of what was written in the log: wait for it, or go on from it."""
        return await info.context.show_position(self.written_at)

    @field
    async def webhook(self, info: Info) -> Webhook | None:
        """The webhook with the change; null only when the read models lag beyond the bound, or without the permission webhook:read."""
        if not info.context.identity.may("webhook:read") or not await info.context.seen(self.written_at):
            return None
        row = await info.context.loader(webhooks_by_id).load(UUID(self.webhook_id))
        return None if row is None else show_webhook(row)


Success = TypeVar("Success", bound=WebhookChanged)


async def webhook_changed(success: type[Success], context: Context, receipt: Receipt) -> Success:
    """The answer for a receipt, as the success of one mutation."""
    return success(
        webhook_id=strawberry.ID(str(receipt.stream)),
        written_at=await context.position_of(receipt),
    )


def read_webhook_id(text: strawberry.ID) -> UUID:
    """The id of a webhook; what can be no id is no webhook's."""
    webhook_id = read_id(text)
    if webhook_id is None:
        raise WebhookNotFound
    return webhook_id
