"""`removeWebhook`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.webhooks.commands import RemoveWebhook
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.webhooks.mutations.answer import WebhookChanged, read_webhook_id, webhook_changed


@input_type
class RemoveWebhookInput:
    """A webhook to be ended for ever."""

    webhook_id: strawberry.ID = about("The webhook.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class RemoveWebhookSuccess(WebhookChanged):
    """The webhook was removed."""


RemoveWebhookResult = Annotated[
    RemoveWebhookSuccess | CommandRefused,
    strawberry.union("RemoveWebhookResult", description="The webhook that was removed, or why it was not."),
]


async def remove_webhook(info: Info, input: RemoveWebhookInput) -> RemoveWebhookResult:  # noqa: A002 - the word of the API
    """Ends a webhook for ever: callers are told that it is gone (410). Jobs that run go on."""
    info.context.identity.require("webhook:edit")
    command = RemoveWebhook(at=now(), webhook_id=read_webhook_id(input.webhook_id), reason=said(input.reason))
    return await webhook_changed(
        RemoveWebhookSuccess, info.context, await Sender(info.context, "removeWebhook", input).send(command)
    )
