"""The head `template` of a workflow file: what the library is to say of it beside its name and description."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from domain.events import Recorded
from domain.refusals import Refusal
from domain.templates.entry import TemplateEntry
from domain.workflows.misread import misread
from domain.workflows.portable import WorkflowFile

HEAD = "template"


class TemplateHeadMissing(Refusal):
    """Expected a workflow file with a head `template` that names at least one of its `industries`, but {file} has none."""


class TemplateHeadRefused(Refusal):
    """Expected a head `template` that can be read, but {count} of its parts cannot; the details name each."""


class TemplateHead(Recorded):
    """What stands under `template`; without a slug, the name of the file is taken."""

    slug: str | None = None
    industries: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    language: str = "en"
    author: str | None = None


def read_head(file: WorkflowFile, name: str, description: Any) -> tuple[str, TemplateEntry]:
    """The slug and the entry of a file of this name; raises TemplateHeadMissing or TemplateHeadRefused."""
    if file.template is None:
        raise TemplateHeadMissing(file=name)
    try:
        head = TemplateHead.model_validate(file.template)
    except ValidationError as error:
        details = tuple(misread(error, HEAD, file.template))
        raise TemplateHeadRefused(count=len(details), details=details) from None
    slug = name.rpartition("/")[2].rpartition(".")[0] if head.slug is None else head.slug
    entry = {name: getattr(head, name) for name in TemplateHead.model_fields if name != "slug"}
    return slug, TemplateEntry(name=file.name, description=description, **entry)
