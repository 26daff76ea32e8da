"""The shapes a webhook can have, and how each event leads from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from domain.webhooks.events import (
    WebhookChanged,
    WebhookCreated,
    WebhookDeliveryRefused,
    WebhookEvent,
    WebhookPaused,
    WebhookPlan,
    WebhookRemoved,
    WebhookResumed,
)

REFUSED_KEPT_MAX = 100
"""Of so many calls that were refused last it is known, so that the same call sent again is not told again."""


@dataclass(frozen=True, slots=True)
class NoWebhook:
    """Nothing was created here."""


@dataclass(frozen=True, slots=True)
class Known:
    """What every webhook has, whatever its shape."""

    name: str
    plan: WebhookPlan
    member_id: UUID  # on whose behalf its jobs start
    edition: int  # counts what people did to it: what a change expects
    refused: tuple[str, ...] = ()  # the calls that were refused last


@dataclass(frozen=True, slots=True)
class Open:
    """Calls are taken."""

    known: Known


@dataclass(frozen=True, slots=True)
class Paused:
    """No call is taken until it is resumed."""

    known: Known


@dataclass(frozen=True, slots=True)
class Removed:
    """The webhook has ended for ever."""

    known: Known


Webhook = NoWebhook | Open | Paused | Removed
INITIAL = NoWebhook()


def evolve(webhook: Webhook, event: WebhookEvent) -> Webhook:
    """Total: every recorded event can be applied, whatever today's rules say."""
    if isinstance(event, WebhookCreated):
        return Open(Known(event.name, event.plan, event.member_id, edition=1))
    if isinstance(webhook, NoWebhook):
        return webhook
    known = webhook.known
    match event:
        case WebhookChanged():
            return replace(webhook, known=replace(_changed(known), plan=event.plan, member_id=event.member_id))
        case WebhookPaused():
            return Paused(_changed(known))
        case WebhookResumed():
            return Open(_changed(known))
        case WebhookRemoved():
            return Removed(_changed(known))
        case WebhookDeliveryRefused():
            refused = (*known.refused, event.delivery_id)[-REFUSED_KEPT_MAX:]
            return replace(webhook, known=replace(known, refused=refused))
        case _:
            assert_never(event)


def _changed(known: Known) -> Known:
    return replace(known, edition=known.edition + 1)
