"""What can be asked of a template."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from domain.ids import derive
from domain.subject import Command, command
from domain.templates.entry import TemplateEntry
from domain.templates.events import TemplateSource
from domain.workflows.checks.check import OutsideFinding
from domain.workflows.design import Design


def template_id(organization_id: UUID, slug: str) -> UUID:
    """The id of the template that has a slug in an organization's library, or would have it."""
    return derive(organization_id, "template", slug)


@command
class TemplateCommand(Command):
    """A command for one template."""

    subject: ClassVar[str] = "template"
    template_id: UUID

    @property
    def stream(self) -> UUID:
        """The template's stream."""
        return self.template_id


@command
class Offered:
    """What is to be offered. Its form is stored before; `findings` are those of the checks that need more than the domain has."""

    entry: TemplateEntry
    design: Design
    findings: tuple[OutsideFinding, ...] = ()
    source: TemplateSource | None = None


@command
class PublishTemplate(TemplateCommand):
    """Take a template into the library, or one that was taken out into it again."""

    organization_id: UUID
    slug: str
    offered: Offered


@command
class ReviseTemplate(TemplateCommand):
    """Offer a template as another version; with `expected_version`, only if it still is that one."""

    offered: Offered
    expected_version: int | None = None


@command
class UnpublishTemplate(TemplateCommand):
    """Take a template out of the library."""

    reason: Any = None


AnyTemplateCommand = PublishTemplate | ReviseTemplate | UnpublishTemplate
