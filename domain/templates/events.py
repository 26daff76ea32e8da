"""What can happen to a template. The template itself is a draft's form, kept beside the log under its hash."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from domain.events import Event, Recorded
from domain.templates.entry import TemplateEntry


class TemplateSource(Recorded):
    """The workflow that a template was made of; `number` is that of the version, or of what its draft would become."""

    workflow_id: UUID
    number: int


class _Offered(TemplateEntry):
    """What is offered from then on: the entry, and how the template is drawn."""

    design: str  # content hash of the form of the design
    tasks: int
    labels: tuple[str, ...] = ()  # what its tasks and variables are called
    source: TemplateSource | None = None


class TemplatePublished(_Offered, Event):
    """A template was taken into the library of the organization, as its version 1."""

    wire: ClassVar[str] = "template.published.v1"
    organization_id: UUID
    slug: str


class TemplateRevised(_Offered, Event):
    """The template is offered as another version from now on; after it was taken out, it is in the library again."""

    wire: ClassVar[str] = "template.revised.v1"
    version: int


class TemplateUnpublished(Event):
    """The template was taken out of the library; workflows that were begun from it go on."""

    wire: ClassVar[str] = "template.unpublished.v1"
    reason: Any = None


TemplateEvent = TemplatePublished | TemplateRevised | TemplateUnpublished
