"""Every subject and every event there is. What is not listed here does not exist."""

from __future__ import annotations

from typing import get_args

from domain.callbacks.events import CallbackEvent
from domain.credentials.events import CredentialEvent
from domain.events import Event
from domain.files.events import FileEvent
from domain.jobs.events import JobEvent
from domain.log.events import LogEvent
from domain.reviews.events import ReviewEvent
from domain.schedules.events import ScheduleEvent
from domain.templates.events import TemplateEvent
from domain.webhooks.events import WebhookEvent
from domain.workflows.events import WorkflowEvent
from domain.workspaces.events import OrganizationEvent, WorkspaceEvent

_UNIONS = (
    JobEvent,
    ReviewEvent,
    ScheduleEvent,
    CredentialEvent,
    OrganizationEvent,
    WorkspaceEvent,
    FileEvent,
    WorkflowEvent,
    TemplateEvent,
    WebhookEvent,
    CallbackEvent,
    LogEvent,
)

EVENTS: dict[str, type[Event]] = {event.wire: event for union in _UNIONS for event in (get_args(union) or (union,))}
"""Wire name → event class."""
