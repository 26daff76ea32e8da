"""`createWebhook`."""

from __future__ import annotations

from typing import Annotated

import strawberry

from domain.subject import Command
from domain.webhooks.commands import CreateWebhook
from domain.webhooks.decide import BODY_BYTES_USUAL
from domain.webhooks.events import WebhookPlan
from event_store.requests import ClaimReused
from event_store.units import Claim
from graphql_api.answers import CommandRefused
from graphql_api.callbacks.given import CallbackInput, read_callbacks
from graphql_api.commanding import Sender, new_id, now, said
from graphql_api.context import Info
from graphql_api.describe import about, input_type, object_type
from graphql_api.jobs.starting import find_startable
from graphql_api.refusals import WebhookNameTaken
from graphql_api.values.given import NamedValue, keep, take
from graphql_api.webhooks.given import INLINE_BYTES_MAX, MappedInput, plan_misfits, read_mapping
from graphql_api.webhooks.mutations.answer import WebhookChanged, webhook_changed

WEBHOOK_NAME = "webhook_name"


@input_type
class CreateWebhookInput:
    """A webhook to begin."""

    name: str = about("Its name, unique in the workspace.")
    workflow_id: strawberry.ID = about("The workflow whose jobs it starts, on the version that is active at each call.")
    credential: str = about("The name of a credential of kind signing: its secret is what callers sign with.")
    mapping: list[MappedInput] | None = about(
        "What of the body becomes which input; left out, each field whose name an input has is that input.",
        default=None,
    )
    inputs: list[NamedValue] = about("What every job is given alike.", default_factory=list)
    title: str | None = about("What its jobs are called.", default=None)
    business_key: list[str] | None = about(
        "Where the body says what the job is about: the path of a text or a whole number.", default=None
    )
    callbacks: list[CallbackInput] | None = about("Whom its jobs tell of their end.", default=None)
    bytes_max: int = about("How large the body of a call may be.", default=BODY_BYTES_USUAL)
    command_id: str | None = about("Repeated with the same input, the first result is the answer.", default=None)


@object_type
class CreateWebhookSuccess(WebhookChanged):
    """The webhook was created."""


CreateWebhookResult = Annotated[
    CreateWebhookSuccess | CommandRefused,
    strawberry.union("CreateWebhookResult", description="The webhook that was created, or why none was."),
]


async def create_webhook(info: Info, input: CreateWebhookInput) -> CreateWebhookResult:  # noqa: A002 - the word of the API
    """Has other systems start jobs of a workflow by signed calls of `POST /hooks/{id}`, on behalf of who asks."""
    context, at = info.context, now()
    context.identity.require("webhook:edit")
    context.identity.require("job:start")
    webhook_id = new_id(at)
    sender = Sender(context, "createWebhook", input)

    async def make() -> Command:
        version = await find_startable(context, input.workflow_id)
        values, details = await take(context, input.inputs, "input")
        plan = WebhookPlan(
            workflow_id=version.workflow_id,
            credential=input.credential,
            mapping=read_mapping(input.mapping),
            inputs=values if details else await keep(context, values, INLINE_BYTES_MAX),
            title=said(input.title),
            business_key=None if input.business_key is None else tuple(input.business_key),
            callbacks=read_callbacks(input.callbacks),
            bytes_max=input.bytes_max,
        )
        return CreateWebhook(
            at=at,
            webhook_id=webhook_id,
            name=input.name,
            plan=plan,
            member_id=context.identity.member_id,
            findings=await plan_misfits(context, plan, version, details),
        )

    # The name is held against everyone but a repetition of this very command.
    holder = sender.digest if input.command_id is not None else context.digests.digest(webhook_id.bytes)
    name = Claim(WEBHOOK_NAME, input.name.strip().casefold(), webhook_id, holder)
    try:
        receipt = await sender.send_made(webhook_id, make, name)
    except ClaimReused as reused:
        if reused.facts["kind"] != WEBHOOK_NAME:
            raise
        raise WebhookNameTaken(name=input.name) from None
    return await webhook_changed(CreateWebhookSuccess, context, receipt)
