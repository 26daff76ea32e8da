"""Decides commands for templates: what happens, or why not."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, assert_never

from domain.events import Event
from domain.templates.commands import AnyTemplateCommand, Offered, PublishTemplate, ReviseTemplate, UnpublishTemplate
from domain.templates.entry import TemplateEntry, faults, labels_of
from domain.templates.events import TemplatePublished, TemplateRevised, TemplateUnpublished
from domain.templates.refusals import (
    TemplateEntryRefused,
    TemplateHasErrors,
    TemplateIsUnpublished,
    TemplateMoved,
    TemplateNotFound,
    TemplateSlugTaken,
)
from domain.templates.state import Known, NoTemplate, Published, Template, Unpublished
from domain.values import RECORD_LEVELS_MAX, encode_canonical
from domain.workflows.checks import blocking, check
from domain.workflows.design import Design


def decide(command: AnyTemplateCommand, template: Template) -> list[Event]:
    """The events of a command; none when there is nothing left to do."""
    match command:
        case PublishTemplate():
            return publish(command, template)
        case ReviseTemplate():
            return revise(command, template)
        case UnpublishTemplate():
            return unpublish(command, template)
        case _:
            raise TypeError(f"Expected a command for templates, but got {type(command).__name__}.")


def publish(command: PublishTemplate, template: Template) -> list[Event]:
    """Takes a template into the library; one that was taken out comes back as its next version."""
    match template:
        case NoTemplate():
            _check(command.slug, command.offered)
            said = _said(command.offered)
            return [TemplatePublished(organization_id=command.organization_id, slug=command.slug, **said)]
        case Published(known=known):
            if _is_same(known, command.offered):
                return []  # Asking twice is not an error.
            raise TemplateSlugTaken(slug=known.slug)
        case Unpublished(known=known):
            return [_revised(known, command.offered)]
        case _:
            assert_never(template)


def revise(command: ReviseTemplate, template: Template) -> list[Event]:
    """Offers the template as another version."""
    match template:
        case NoTemplate():
            raise TemplateNotFound(template_id=command.template_id)
        case Unpublished(known=known):
            raise TemplateIsUnpublished(slug=known.slug)
        case Published(known=known):
            if command.expected_version not in (None, known.version):
                raise TemplateMoved(expected=command.expected_version, found=known.version)
            return [] if _is_same(known, command.offered) else [_revised(known, command.offered)]
        case _:
            assert_never(template)


def unpublish(command: UnpublishTemplate, template: Template) -> list[Event]:
    """Takes the template out of the library."""
    match template:
        case NoTemplate():
            raise TemplateNotFound(template_id=command.template_id)
        case Unpublished():
            return []  # Asking twice is not an error.
        case Published():
            return [TemplateUnpublished(reason=command.reason)]
        case _:
            assert_never(template)


def design_bytes(design: Design) -> bytes:
    """The form of a design as canonical JSON, as it is stored; what a draft pins is no part of a template."""
    return encode_canonical(design.without_pins().form(), levels_max=RECORD_LEVELS_MAX)


def _revised(known: Known, offered: Offered) -> TemplateRevised:
    _check(known.slug, offered)
    return TemplateRevised(version=known.version + 1, **_said(offered))


def _said(offered: Offered) -> dict[str, Any]:
    design = offered.design
    return {
        **dict(offered.entry),
        "design": sha256(design_bytes(design)).hexdigest(),
        "tasks": len(design.tasks),
        "labels": labels_of(design),
        "source": offered.source,
    }


def _is_same(known: Known, offered: Offered) -> bool:
    # Where it came from tells nothing of what is offered.
    parts = (*TemplateEntry.model_fields, "design")
    said = _said(offered)
    return all(getattr(known.offered, part) == said[part] for part in parts)


def _check(slug: str, offered: Offered) -> None:
    if found := tuple(faults(slug, offered.entry, offered.design)):
        raise TemplateEntryRefused(count=len(found), details=found)
    if errors := blocking(check(offered.design, offered.findings)):
        details = tuple(one.detail for one in errors)
        raise TemplateHasErrors(details=details, count=len(errors), place=errors[0].place)
