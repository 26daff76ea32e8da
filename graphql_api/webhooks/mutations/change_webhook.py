"""`changeWebhook`."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from domain.refusals import Detail
from domain.subject import Command
from domain.webhooks.commands import ChangeWebhook
from domain.webhooks.refusals import WebhookIsRemoved, WebhookMoved, WebhookNotFound
from domain.webhooks.state import NoWebhook, Removed, Webhook
from event_store.requests import Receipt
from graphql_api.answers import CommandRefused
from graphql_api.callbacks.given import CallbackInput, read_callbacks
from graphql_api.commanding import Sender, now, said
from graphql_api.context import Context, Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.starting import find_startable
from graphql_api.refusals import ArgumentRefused
from graphql_api.values.given import NamedValue, keep, take
from graphql_api.webhooks.given import INLINE_BYTES_MAX, MappedInput, plan_misfits, read_mapping
from graphql_api.webhooks.mutations.answer import WebhookChanged, read_webhook_id, webhook_changed

ATTEMPTS_MAX = 5
"""How often the change is made anew, where others change the webhook meanwhile and no edition was expected."""


@input_type
class ChangeWebhookInput:
    """What is to be different about a webhook; what is left out stays as it is."""

    webhook_id: strawberry.ID = about("The webhook.")
    expected_edition: int | None = about(
        "The `edition` that was looked at: refused when others have changed the webhook since.", default=None
    )
    workflow_id: strawberry.ID | None = about("The workflow whose jobs it starts.", default=UNSET)
    credential: str | None = about("The name of the credential whose secret callers sign with.", default=UNSET)
    mapping: list[MappedInput] | None = about(
        "What of the body becomes which input; null: each field whose name an input has.", default=UNSET
    )
    inputs: list[NamedValue] | None = about("What every job is given: all, in place of those before.", default=UNSET)
    title: str | None = about("What its jobs are called; null for nothing.", default=UNSET)
    business_key: list[str] | None = about(
        "Where the body says what the job is about; null for nowhere.", default=UNSET
    )
    callbacks: list[CallbackInput] | None = about("Whom its jobs tell of their end; null for nobody.", default=UNSET)
    bytes_max: int | None = about("How large the body of a call may be.", default=UNSET)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class ChangeWebhookSuccess(WebhookChanged):
    """Calls are taken by the other plan now."""


ChangeWebhookResult = Annotated[
    ChangeWebhookSuccess | CommandRefused,
    strawberry.union("ChangeWebhookResult", description="The webhook that was changed, or why it was not."),
]
_NEVER_NULL = ("workflow_id", "credential", "inputs", "bytes_max")


async def change_webhook(info: Info, input: ChangeWebhookInput) -> ChangeWebhookResult:  # noqa: A002 - the word of the API
    """Has calls taken by another plan; from now on its jobs start on behalf of who asks. A paused one stays paused."""
    context = info.context
    context.identity.require("webhook:edit")
    context.identity.require("job:start")
    webhook_id = read_webhook_id(input.webhook_id)
    if null := [name for name in _NEVER_NULL if getattr(input, name) is None]:
        raise ArgumentRefused(expected="a value, or to be left out,", name=null[0], found="null")
    sender = Sender(context, "changeWebhook", input)
    for attempt in range(ATTEMPTS_MAX):
        try:
            receipt = await _change(context, sender, webhook_id, input)
        except WebhookMoved:
            if input.expected_edition is not None or attempt == ATTEMPTS_MAX - 1:
                raise
        else:
            return await webhook_changed(ChangeWebhookSuccess, context, receipt)
    raise AssertionError("the last attempt answers or refuses")


async def _change(context: Context, sender: Sender, webhook_id: UUID, asked: ChangeWebhookInput) -> Receipt:
    async def make() -> Command:
        webhook: Webhook
        webhook, _ = await context.api.system.dispatch.load("webhook", webhook_id, context.workspace_id)
        if isinstance(webhook, NoWebhook):
            raise WebhookNotFound
        if isinstance(webhook, Removed):
            raise WebhookIsRemoved(name=webhook.known.name)
        known = webhook.known
        version = await find_startable(context, asked.workflow_id or strawberry.ID(str(known.plan.workflow_id)))
        changes = _simple(asked)
        details: list[Detail] = []
        if asked.inputs is not UNSET and asked.inputs is not None:
            values, details = await take(context, asked.inputs, "input")
            changes["inputs"] = values if details else await keep(context, values, INLINE_BYTES_MAX)
        plan = known.plan.model_copy(update={"workflow_id": version.workflow_id, **changes})
        return ChangeWebhook(
            at=now(),
            webhook_id=webhook_id,
            plan=plan,
            member_id=context.identity.member_id,
            findings=await plan_misfits(context, plan, version, details),
            # What others change meanwhile is never undone by a plan that was made from the one before.
            expected_edition=known.edition if asked.expected_edition is None else asked.expected_edition,
        )

    return await sender.send_made(webhook_id, make)


def _simple(asked: ChangeWebhookInput) -> dict[str, Any]:
    """What is different of the plan but the inputs, by its field."""
    given: dict[str, Any] = {
        "credential": asked.credential,
        "mapping": asked.mapping if asked.mapping is UNSET else read_mapping(asked.mapping),
        "title": asked.title if asked.title is UNSET else said(asked.title),
        "business_key": asked.business_key and tuple(asked.business_key),
        "callbacks": asked.callbacks if asked.callbacks is UNSET else read_callbacks(asked.callbacks),
        "bytes_max": asked.bytes_max,
    }
    if asked.business_key is UNSET:
        given["business_key"] = UNSET
    return {name: value for name, value in given.items() if value is not UNSET}
