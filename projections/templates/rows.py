"""The rows of the read model `templates`: one a template, one for what a search looks at, one a word of a library."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from projections.tables import Json, Table, Vector


@dataclass(slots=True)
class TemplateRow:
    """A template as it is offered, or was when it was taken out."""

    template_id: UUID
    organization_id: UUID
    workspace_id: UUID  # that published it, and alone revises it
    position: int  # of its first event
    version: int  # of its last event in the stream
    last_position: int
    number: int  # of the version that is offered
    slug: str
    status: str  # PUBLISHED, UNPUBLISHED
    name: str
    description: Json
    industries: tuple[str, ...]
    purposes: tuple[str, ...]
    tags: tuple[str, ...]
    words: tuple[str, ...]
    labels: tuple[str, ...]
    language: str
    author: Json
    design: str  # content hash of the form of its design, kept in that workspace
    tasks: int
    source_workflow_id: UUID | None
    source_number: int | None
    published_by: str
    published_at: datetime
    changed_at: datetime
    reason: Json = None  # of taking it out
    uses: int = 0


@dataclass(slots=True)
class TemplateIndexRow:
    """What a search looks at of a template that is in the library. It follows from the template's row, and is never read back."""

    template_id: UUID
    organization_id: UUID
    uses: int
    position: int
    industries: tuple[str, ...]
    purposes: tuple[str, ...]
    tags: tuple[str, ...]
    language: str
    vector: Vector


@dataclass(slots=True)
class TemplateWordRow:
    """A word that templates of a library hold."""

    organization_id: UUID
    word: str
    count: int  # of templates
    spellings: tuple[str, ...]


TEMPLATES_TABLE: Table[Any] = Table("templates", TemplateRow, ("template_id",))
TEMPLATE_INDEX_TABLE: Table[Any] = Table("template_index", TemplateIndexRow, ("template_id",))
TEMPLATE_WORDS_TABLE: Table[Any] = Table("template_words", TemplateWordRow, ("organization_id", "word"))
