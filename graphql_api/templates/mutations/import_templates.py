"""`importTemplates`."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Annotated
from uuid import UUID

import strawberry

from domain.refusals import Detail, Refusal
from domain.subject import Command
from domain.templates.commands import Offered, PublishTemplate, ReviseTemplate, template_id
from domain.templates.head import HEAD, TemplateHead, read_head
from domain.templates.refusals import TemplateSlugTaken
from domain.templates.state import NoTemplate, Template
from event_store.drafting import IdInUse
from event_store.requests import Receipt
from event_store.units import StoreUnavailable
from graphql_api.answers import CommandRefused, refused
from graphql_api.commanding import Sender, now
from graphql_api.context import Context, Info
from graphql_api.describe import about, enumeration, field, input_type, object_type
from graphql_api.refusals import ArgumentRefused, not_reached
from graphql_api.scalars import Position
from graphql_api.templates.given import offer
from graphql_api.templates.mutations.answer import template_at
from graphql_api.templates.types import Template as TemplateType
from graphql_api.workflow_files.reading import read_yaml
from graphql_api.workflow_files.whole import WholeFile

FILES_MAX = 50
NAME_CHARACTERS_MAX = 500


@enumeration
class ImportOutcome(Enum):
    """What became of a file: a new template, another version of one, nothing as it says the same, or a refusal."""

    PUBLISHED = "PUBLISHED"
    REVISED = "REVISED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"


@input_type
class TemplateFileInput:
    """A workflow file with a head `template`."""

    name: str = about("The name of the file; without its ending it is the slug, unless the head names one.")
    yaml: str = about("Its text, of at most 1 MiB.")


@input_type
class ImportTemplatesInput:
    """Up to 50 files, each for itself."""

    files: list[TemplateFileInput] = about("The files; each is taken in or refused on its own.")
    command_id: str | None = about("Repeated with the same input, the first results are the answer.", default=None)


@object_type
class ImportedTemplate:
    """What became of one file."""

    file: str = about("The name of the file.")
    outcome: ImportOutcome = about("What became of it.")
    refusal: CommandRefused | None = about("Why it was refused; its details have line and column.")
    template_id: strawberry.Private[UUID | None]
    written_at: strawberry.Private[int]

    @field
    async def template(self, info: Info) -> TemplateType | None:
        """The template; null for a refused file, and while the read models lag beyond the bound."""
        return None if self.template_id is None else await template_at(info.context, self.template_id, self.written_at)


@object_type
class ImportTemplatesSuccess:
    """What became of each file."""

    position: Position = about("The place of the last of what was written in the log.")
    results: list[ImportedTemplate] = about("In the order of the files.")


ImportTemplatesResult = Annotated[
    ImportTemplatesSuccess | CommandRefused,
    strawberry.union("ImportTemplatesResult", description="What became of each file, or why none was looked at."),
]


async def import_templates(info: Info, input: ImportTemplatesInput) -> ImportTemplatesResult:  # noqa: A002 - the word of the API
    """Takes workflow files into the library: as new templates, or as other versions of those with the same slug. A file that says the same changes nothing."""
    context = info.context
    context.identity.require("workflow:activate")
    if not 1 <= len(input.files) <= FILES_MAX:
        raise ArgumentRefused(expected=f"1 to {FILES_MAX} files in one call", name="files", found=str(len(input.files)))
    results = [
        await _import(context, file, None if input.command_id is None else f"{input.command_id}:{place}")
        for place, file in enumerate(input.files)
    ]
    last = max(result.written_at for result in results)
    return ImportTemplatesSuccess(position=await context.show_position(last), results=results)


async def _import(context: Context, file: TemplateFileInput, command_id: str | None) -> ImportedTemplate:
    whole: WholeFile | None = None
    try:
        if len(file.name) > NAME_CHARACTERS_MAX or not file.name.isprintable():
            expected = f"at most {NAME_CHARACTERS_MAX} characters on one line"
            raise ArgumentRefused(expected=expected, name="files.name", found="others")
        whole = await read_yaml(context, file.yaml)
        receipt = await _send(
            context, Sender(context, "importTemplates", file, command_id=command_id), file.name, whole.require()
        )
    except Refusal as refusal:
        return _refused(file, refused(_located(refusal, whole)))
    except StoreUnavailable as error:
        return _refused(file, refused(not_reached(error)))
    changed = receipt.last_version >= receipt.first_version
    return ImportedTemplate(
        file=file.name,
        outcome=_outcome(receipt.first_version) if changed else ImportOutcome.UNCHANGED,
        refusal=None,
        template_id=receipt.stream,
        written_at=await context.position_of(receipt) if changed else 0,
    )


async def _send(context: Context, sender: Sender, name: str, whole: WholeFile) -> Receipt:
    organization, design = context.identity.organization_id, whole.design
    slug, entry = read_head(whole.wanted, name, design.description)
    stream = template_id(organization, slug)

    async def make() -> Command:
        template: Template
        template, _ = await context.api.system.dispatch.load("template", stream, context.workspace_id)
        offered: Offered = await offer(context, entry, design)
        if isinstance(template, NoTemplate):
            return PublishTemplate(
                at=now(), template_id=stream, organization_id=organization, slug=slug, offered=offered
            )
        return ReviseTemplate(at=now(), template_id=stream, offered=offered)

    try:
        return await sender.send_made(stream, make)
    except IdInUse:
        raise TemplateSlugTaken(slug=slug) from None


def _located(refusal: Refusal, whole: WholeFile | None) -> Refusal:
    if whole is not None:
        refusal.details = tuple(_marked(detail, whole) for detail in refusal.details)
    return refusal


def _marked(detail: Detail, whole: WholeFile) -> Detail:
    if detail.line is not None:
        return detail
    part = detail.path.partition("[")[0]
    if part in TemplateHead.model_fields:
        detail = replace(detail, path=f"{HEAD}.{detail.path}")
    return whole.text.marked(detail)


def _outcome(first_version: int) -> ImportOutcome:
    return ImportOutcome.PUBLISHED if first_version == 1 else ImportOutcome.REVISED


def _refused(file: TemplateFileInput, refusal: CommandRefused) -> ImportedTemplate:
    return ImportedTemplate(
        file=file.name, outcome=ImportOutcome.REFUSED, refusal=refusal, template_id=None, written_at=0
    )
