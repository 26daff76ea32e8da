"""What can happen to a webhook. The jobs that it starts say so themselves; only what was refused is told here."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from domain.events import Event, Recorded
from domain.jobs.calling_back import CallbackTo
from domain.jobs.run import Failure


class Mapped(Recorded):
    """Where the value of an input is found in the body of a call: names of fields, and numbers of items of lists."""

    input: str
    path: tuple[str, ...]


class WebhookPlan(Recorded):
    """What a call starts, and what of its body becomes an input.

    Without `mapping` each field of the body whose name an input has is that input.
    """

    workflow_id: UUID
    credential: str  # of kind signing: the secret that callers sign with
    mapping: tuple[Mapped, ...] | None = None
    inputs: dict[str, Any]  # what every job is given alike
    title: Any = None  # of the jobs
    business_key: tuple[str, ...] | None = None  # where the body says what the job is about
    callbacks: tuple[CallbackTo, ...] = ()  # whom the jobs tell of their end
    bytes_max: int  # of the body of a call


class WebhookCreated(Event):
    """A webhook began; its jobs start on behalf of this member."""

    wire: ClassVar[str] = "webhook.created.v1"
    name: str
    plan: WebhookPlan
    member_id: UUID


class WebhookChanged(Event):
    """Calls are taken by another plan from now on, on behalf of the member who changed it."""

    wire: ClassVar[str] = "webhook.changed.v1"
    plan: WebhookPlan
    member_id: UUID


class WebhookPaused(Event):
    """No call is taken until the webhook is resumed; callers are told to come again."""

    wire: ClassVar[str] = "webhook.paused.v1"
    reason: Any = None


class WebhookResumed(Event):
    """Calls are taken again."""

    wire: ClassVar[str] = "webhook.resumed.v1"
    reason: Any = None


class WebhookRemoved(Event):
    """The webhook has ended for ever; the jobs it started go on."""

    wire: ClassVar[str] = "webhook.removed.v1"
    reason: Any = None


class WebhookDeliveryRefused(Event):
    """A call that was signed rightly started no job, for this reason."""

    wire: ClassVar[str] = "webhook.delivery_refused.v1"
    delivery_id: str  # as the caller signed it
    error: Failure


WebhookEvent = (
    WebhookCreated | WebhookChanged | WebhookPaused | WebhookResumed | WebhookRemoved | WebhookDeliveryRefused
)
