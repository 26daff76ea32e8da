"""Webhooks to decide on in tests."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.events import Event
from domain.webhooks.commands import CreateWebhook, WebhookCommand
from domain.webhooks.decide import BODY_BYTES_USUAL, decide
from domain.webhooks.events import WebhookPlan
from domain.webhooks.state import INITIAL, Webhook, evolve

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WEBHOOK = UUID("019c0000-0000-7000-8000-0000000000b1")
MEMBER = UUID("019c0000-0000-7000-8000-00000000000a")
WORKFLOW = UUID("019c0000-0000-7000-8000-000000000002")


def plan(**others: Any) -> WebhookPlan:
    """A plan that takes the fields of the body as inputs."""
    return WebhookPlan(
        **{
            "workflow_id": WORKFLOW,
            "credential": "shop",
            "inputs": {},
            "bytes_max": BODY_BYTES_USUAL,
            **others,
        }
    )


def create(chosen: WebhookPlan | None = None, **others: Any) -> CreateWebhook:
    """The command that begins a webhook."""
    given = {"name": "Orders", "plan": chosen or plan(), "member_id": MEMBER, **others}
    return CreateWebhook(at=AT, webhook_id=WEBHOOK, **given)


def told(webhook: Webhook, command: WebhookCommand) -> tuple[list[Event], Webhook]:
    """What follows from a command, and the webhook after it."""
    events = decide(command, webhook)
    for event in events:
        webhook = evolve(webhook, event)  # type: ignore[arg-type]
    return events, webhook


def begun(chosen: WebhookPlan | None = None) -> Webhook:
    """A webhook that was just created."""
    return told(INITIAL, create(chosen))[1]
