"""How the events of templates, and workflows begun from them, change the rows of the read model `templates`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from domain.catalogue import EVENTS
from projections.happened import Happened
from projections.model import Apply, Key, Loading, ReadModel, RowMissing, ignore
from projections.rows import Rows
from projections.templates.rows import (
    TEMPLATE_INDEX_TABLE,
    TEMPLATE_WORDS_TABLE,
    TEMPLATES_TABLE,
    TemplateIndexRow,
    TemplateRow,
    TemplateWordRow,
)
from projections.templates.words import spellings, vector, weighed

PUBLISHED, UNPUBLISHED = "PUBLISHED", "UNPUBLISHED"
_CHANGED = "changed"
_OFFERING = ("template.published.v1", "template.revised.v1")


def words_in(row: TemplateRow) -> dict[str, str]:
    """The words a template is found by, with their weights."""
    return _words(row.name, (row.industries, row.purposes, row.tags, row.words), row.description, row.labels)


def _words_said(said: Mapping[str, Any]) -> dict[str, str]:
    facets = (said["industries"], said["purposes"], said["tags"], said["words"])
    return _words(said["name"], facets, said["description"], said["labels"])


def _words(name: str, facets: Iterable[Iterable[str]], description: Any, labels: Iterable[str]) -> dict[str, str]:
    described = [description] if isinstance(description, str) else []
    return weighed({"A": [name], "B": chain.from_iterable(facets), "C": described, "D": labels})


def _keys(event: Happened) -> Iterable[Key]:
    if event.topic.startswith("template."):
        yield TEMPLATES_TABLE, event.stream.int, event.version == 1


async def _prepare(rows: Rows, events: Sequence[Happened], loading: Loading) -> None:
    """Loads templates that workflows were begun from, and the words that are gained and lost."""
    used = {used for event in events if (used := _used(event)) is not None}
    await loading.rows(TEMPLATES_TABLE, [each.int for each in used])
    words: dict[tuple[int, str], None] = {}
    organizations: dict[UUID, UUID] = {}
    for event in events:
        if not event.topic.startswith("template."):
            continue
        row: TemplateRow | None = rows.get(TEMPLATES_TABLE, event.stream.int)
        if event.topic == "template.published.v1":
            organizations[event.stream] = UUID(event.event["organization_id"])
        elif row is not None:
            organizations.setdefault(event.stream, row.organization_id)
        organization = organizations.get(event.stream)
        if organization is None:
            continue  # Its row is missing, which is told where it is applied.
        if row is not None:
            words |= dict.fromkeys((organization.int, word) for word in words_in(row))
        if event.topic in _OFFERING:
            words |= dict.fromkeys((organization.int, word) for word in _words_said(event.event))
    await loading.rows(TEMPLATE_WORDS_TABLE, list(words))


def _offer(rows: Rows, event: Happened) -> None:
    before: TemplateRow | None = rows.get(TEMPLATES_TABLE, event.stream.int)
    if before is None and event.topic != "template.published.v1":
        raise RowMissing(TEMPLATES_TABLE.name, event.stream)
    organization = UUID(event.event["organization_id"]) if before is None else before.organization_id
    row = _offered(event, organization, before)
    held = words_in(before) if before is not None and before.status == PUBLISHED else {}
    _count(rows, organization, held, words_in(row))
    _put(rows, row)


def _unpublish(rows: Rows, event: Happened) -> None:
    row: TemplateRow | None = rows.get(TEMPLATES_TABLE, event.stream.int)
    if row is None:
        raise RowMissing(TEMPLATES_TABLE.name, event.stream)
    _count(rows, row.organization_id, words_in(row), {})
    row.status, row.reason = UNPUBLISHED, event.event.get("reason")
    row.version, row.last_position, row.changed_at = event.version, event.position, event.at
    _put(rows, row)


def _use(rows: Rows, event: Happened) -> None:
    used = _used(event)
    row: TemplateRow | None = None if used is None else rows.get(TEMPLATES_TABLE, used.int)
    if row is not None:
        row.uses += 1
        _put(rows, row)


def _used(event: Happened) -> UUID | None:
    template = event.event.get("template") if event.topic == "workflow.created.v1" else None
    return None if template is None else UUID(template["template_id"])


def _offered(event: Happened, organization: UUID, before: TemplateRow | None) -> TemplateRow:
    said: Mapping[str, Any] = event.event
    source = said.get("source")
    return TemplateRow(
        template_id=event.stream,
        organization_id=organization,
        workspace_id=event.workspace,
        position=event.position if before is None else before.position,
        version=event.version,
        last_position=event.position,
        number=said.get("version", 1),
        slug=said["slug"] if before is None else before.slug,
        status=PUBLISHED,
        name=said["name"],
        description=said["description"],
        industries=tuple(said["industries"]),
        purposes=tuple(said["purposes"]),
        tags=tuple(said["tags"]),
        words=tuple(said["words"]),
        labels=tuple(said["labels"]),
        language=said["language"],
        author=said["author"],
        design=said["design"],
        tasks=said["tasks"],
        source_workflow_id=None if source is None else UUID(source["workflow_id"]),
        source_number=None if source is None else source["number"],
        published_by=event.actor if before is None else before.published_by,
        published_at=event.at if before is None else before.published_at,
        changed_at=event.at,
        uses=0 if before is None else before.uses,
    )


def _count(rows: Rows, organization: UUID, before: Mapping[str, str], after: Mapping[str, str]) -> None:
    for word in before.keys() - after.keys():
        row: TemplateWordRow | None = rows.get(TEMPLATE_WORDS_TABLE, (organization.int, word))
        if row is None:
            raise RowMissing(TEMPLATE_WORDS_TABLE.name, (organization, word))
        row.count -= 1
        if row.count:
            rows.put(TEMPLATE_WORDS_TABLE, row)
        else:
            rows.remove(TEMPLATE_WORDS_TABLE, (organization.int, word))
    for word in after.keys() - before.keys():
        known: TemplateWordRow | None = rows.get(TEMPLATE_WORDS_TABLE, (organization.int, word))
        if known is None:
            known = TemplateWordRow(organization, word, 0, tuple(sorted(spellings(word))))
        known.count += 1
        rows.put(TEMPLATE_WORDS_TABLE, known)


def _put(rows: Rows, row: TemplateRow) -> None:
    rows.put(TEMPLATES_TABLE, row)
    rows.memory.setdefault(_CHANGED, {})[row.template_id] = None


def _settle(rows: Rows) -> None:
    for template_id in rows.memory.pop(_CHANGED, {}):
        row: TemplateRow | None = rows.get(TEMPLATES_TABLE, template_id.int)
        if row is None or row.status == UNPUBLISHED:
            rows.remove(TEMPLATE_INDEX_TABLE, template_id.int)
            continue
        index = TemplateIndexRow(
            template_id=row.template_id,
            organization_id=row.organization_id,
            uses=row.uses,
            position=row.position,
            industries=row.industries,
            purposes=row.purposes,
            tags=row.tags,
            language=row.language,
            vector=vector(words_in(row)),
        )
        rows.put(TEMPLATE_INDEX_TABLE, index)


_APPLIERS: dict[str, Apply] = {wire: ignore for wire in EVENTS if wire.startswith("workflow.")}

TEMPLATES = ReadModel(
    name="templates",
    version=1,
    tables=(TEMPLATES_TABLE, TEMPLATE_INDEX_TABLE, TEMPLATE_WORDS_TABLE),
    keys=_keys,
    appliers=_APPLIERS
    | {
        "workflow.created.v1": _use,
        "template.published.v1": _offer,
        "template.revised.v1": _offer,
        "template.unpublished.v1": _unpublish,
    },
    prepare=_prepare,
    settle=_settle,
)
