"""`resumeWebhook`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.webhooks.commands import ResumeWebhook
from graphql_api.answers import CommandRefused
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.webhooks.mutations.answer import WebhookChanged, read_webhook_id, webhook_changed


@input_type
class ResumeWebhookInput:
    """A paused webhook."""

    webhook_id: strawberry.ID = about("The webhook.")
    reason: str | None = about("Why; it stands in the record.", default=None)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ResumeWebhookSuccess(WebhookChanged):
    """The webhook was resumed."""


ResumeWebhookResult = Annotated[
    ResumeWebhookSuccess | CommandRefused,
    strawberry.union("ResumeWebhookResult", description="The webhook that was resumed, or why it was not."),
]


async def resume_webhook(info: Info, input: ResumeWebhookInput) -> ResumeWebhookResult:  # noqa: A002 - the word of the API
    """Takes calls again."""
    info.context.identity.require("webhook:edit")
    command = ResumeWebhook(at=now(), webhook_id=read_webhook_id(input.webhook_id), reason=said(input.reason))
    return await webhook_changed(
        ResumeWebhookSuccess, info.context, await Sender(info.context, "resumeWebhook", input).send(command)
    )
