"""What can be asked of a webhook: what people wish, and what the door tells of a call that it refused."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from domain.jobs.run import Failure
from domain.refusals import Detail
from domain.subject import Command, command
from domain.webhooks.events import WebhookPlan


@command
class WebhookCommand(Command):
    """A command addressed to one webhook."""

    subject: ClassVar[str] = "webhook"
    webhook_id: UUID

    @property
    def stream(self) -> UUID:
        """The webhook's own stream."""
        return self.webhook_id


@command
class CreateWebhook(WebhookCommand):
    """Have calls from outside start jobs of a workflow, on behalf of a member."""

    name: str
    plan: WebhookPlan
    member_id: UUID
    findings: tuple[Detail, ...] = ()  # what the caller found wrong in the plan; any refuses the webhook

    @property
    def begins(self) -> bool:
        """A webhook's id is made for its beginning."""
        return True


@command
class ChangeWebhook(WebhookCommand):
    """Have calls taken by another plan, on behalf of the member who asks."""

    plan: WebhookPlan
    member_id: UUID
    findings: tuple[Detail, ...] = ()
    expected_edition: int | None = None  # the one the plan was made on


@command
class PauseWebhook(WebhookCommand):
    """Take no call until the webhook is resumed."""

    reason: Any = None


@command
class ResumeWebhook(WebhookCommand):
    """Take calls again."""

    reason: Any = None


@command
class RemoveWebhook(WebhookCommand):
    """End the webhook for ever."""

    reason: Any = None


@command
class RecordDeliveryRefused(WebhookCommand):
    """The door tells that a call, signed rightly, started no job."""

    delivery_id: str
    error: Failure
