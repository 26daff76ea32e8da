"""The shapes a template can have, and how each event leads from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never
from uuid import UUID

from domain.templates.events import TemplateEvent, TemplatePublished, TemplateRevised, TemplateUnpublished


@dataclass(frozen=True, slots=True)
class NoTemplate:
    """Nothing was published here."""


@dataclass(frozen=True, slots=True)
class Known:
    """What every template has, whatever its shape."""

    organization_id: UUID
    slug: str
    version: int
    offered: TemplatePublished | TemplateRevised  # what was offered last


@dataclass(frozen=True, slots=True)
class Published:
    """The template is in the library."""

    known: Known


@dataclass(frozen=True, slots=True)
class Unpublished:
    """The template was taken out of the library."""

    known: Known


Template = NoTemplate | Published | Unpublished
INITIAL = NoTemplate()


def evolve(template: Template, event: TemplateEvent) -> Template:
    """Total: every recorded event can be applied, whatever today's rules say."""
    if isinstance(event, TemplatePublished):
        return Published(Known(event.organization_id, event.slug, 1, event))
    if isinstance(template, NoTemplate):
        return template
    match event:
        case TemplateRevised():
            return Published(replace(template.known, version=event.version, offered=event))
        case TemplateUnpublished():
            return Unpublished(template.known)
        case _:
            assert_never(event)
