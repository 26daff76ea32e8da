"""`pauseWebhook`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.webhooks.commands import PauseWebhook
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.webhooks.mutations.answer import WebhookChanged, read_webhook_id, webhook_changed


@input_type
class PauseWebhookInput:
    """A webhook to be paused."""

    webhook_id: strawberry.ID = about("The webhook.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class PauseWebhookSuccess(WebhookChanged):
    """The webhook is paused."""


PauseWebhookResult = Annotated[
    PauseWebhookSuccess | CommandRefused,
    strawberry.union("PauseWebhookResult", description="The webhook that was paused, or why it was not."),
]


async def pause_webhook(info: Info, input: PauseWebhookInput) -> PauseWebhookResult:  # noqa: A002 - the word of the API
    """Takes no call until the webhook is resumed: callers are told to come again (503). Jobs that run go on."""
    info.context.identity.require("webhook:edit")
    command = PauseWebhook(at=now(), webhook_id=read_webhook_id(input.webhook_id), reason=said(input.reason))
    return await webhook_changed(
        PauseWebhookSuccess, info.context, await Sender(info.context, "pauseWebhook", input).send(command)
    )
