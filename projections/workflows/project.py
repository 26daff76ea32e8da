"""How the events of workflows change the rows of the read model `workflows`: each is folded, and rendered once a batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from domain.catalogue import EVENTS
from domain.workflows.credentials_named import credentials_named
from domain.workflows.design import Design
from domain.workflows.events import (
    DraftDiscarded,
    VersionNoted,
    VersionRetired,
    WorkflowActivated,
    WorkflowArchived,
    WorkflowCreated,
    WorkflowRenamed,
    WorkflowTakenOutOfService,
    WorkflowUnarchived,
)
from domain.workflows.naming import name_key
from domain.workflows.state import (
    INITIAL,
    Archived,
    Draft,
    InService,
    InUse,
    NoWorkflow,
    OutOfService,
    Workflow,
    evolve,
    last_version,
    open_design,
)
from domain.workflows.sub_workflows import executed
from event_store.mapper import Mapper
from projections.happened import Happened
from projections.model import Key, Loading, ReadModel, RowMissing
from projections.rows import Rows
from projections.workflows.rows import WORKFLOW_VERSIONS_TABLE, WORKFLOWS_TABLE, WorkflowRow, WorkflowVersionRow

STATES_KEPT_MAX = 1_000
_STATES, _CHANGED = "states", "changed"
_MAPPER = Mapper(EVENTS)


def _keys(event: Happened) -> Iterable[Key]:
    yield WORKFLOWS_TABLE, event.stream.int, False
    if event.topic in (VersionRetired.wire, WorkflowTakenOutOfService.wire, VersionNoted.wire):
        yield WORKFLOW_VERSIONS_TABLE, (event.stream.int, event.event["number"]), False


async def _prepare(rows: Rows, events: Sequence[Happened], loading: Loading) -> None:
    """Folds workflows that are not in memory, up to their first event of the batch, and loads the version to retire."""
    states: dict[UUID, Workflow] = rows.memory.setdefault(_STATES, {})
    for event in events:
        if event.stream in states:
            continue
        state: Workflow = INITIAL
        if event.version > 1:
            for record in await loading.reader.read_stream(event.stream, until=event.version - 1):
                state = evolve(state, _MAPPER.event(record))  # type: ignore[arg-type]
        states[event.stream] = state
    active = [
        (stream.int, version.number)
        for stream in {event.stream: None for event in events}
        if (version := last_version(states[stream])) is not None
    ]
    await loading.rows(WORKFLOW_VERSIONS_TABLE, active)


def _apply(rows: Rows, event: Happened) -> None:
    states: dict[UUID, Workflow] = rows.memory.setdefault(_STATES, {})
    before = folded(rows, event.stream)
    happened: Any = _MAPPER.read(event.stream, event.version, event.topic, event.state)
    after = states[event.stream] = evolve(before, happened)
    header = _header(rows, event, happened)
    header.version, header.last_position, header.changed_at = event.version, event.position, event.at
    rows.put(WORKFLOWS_TABLE, header)
    match happened:
        case WorkflowActivated():
            _put_version(rows, event, happened, after)
        case VersionRetired() | WorkflowTakenOutOfService():
            _find_version(rows, event.stream, happened.number).status = "RETIRED"
        case WorkflowArchived() if isinstance(before, InService):
            _find_version(rows, event.stream, before.active.number).status = "RETIRED"
        case WorkflowUnarchived() if isinstance(after, InService):
            _find_version(rows, event.stream, after.active.number).status = "ACTIVE"
        case DraftDiscarded() if isinstance(before, InService | OutOfService):
            rows.remove(WORKFLOW_VERSIONS_TABLE, (event.stream.int, before.number))
        case VersionNoted():
            _find_version(rows, event.stream, happened.number).note = happened.note
        case WorkflowRenamed():
            header.names = tuple(dict.fromkeys((*header.names, name_key(happened.name))))
        case _:
            pass
    rows.memory.setdefault(_CHANGED, {})[event.stream] = None


def folded(rows: Rows, stream: UUID) -> Workflow:
    """The workflow as of the last event that was applied to these rows."""
    state: Workflow = rows.memory.get(_STATES, {}).get(stream, INITIAL)
    return state


def _settle(rows: Rows) -> None:
    states: dict[UUID, Workflow] = rows.memory.get(_STATES, {})
    for stream in rows.memory.pop(_CHANGED, {}):
        _render(rows, stream, states[stream])
    if len(states) > STATES_KEPT_MAX:
        for stream in list(states)[: len(states) - STATES_KEPT_MAX // 2]:
            del states[stream]


def _render(rows: Rows, stream: UUID, workflow: Workflow) -> None:
    header: WorkflowRow | None = rows.get(WORKFLOWS_TABLE, stream.int)
    if header is None or isinstance(workflow, NoWorkflow):
        raise RowMissing(WORKFLOWS_TABLE.name, stream)
    last = workflow.last if isinstance(workflow, Archived) else workflow
    design = open_design(last)
    header.name, header.status = workflow.known.name, status_of(workflow)
    header.active_version = workflow.active.number if isinstance(workflow, InService) else None
    header.draft_version = None if design is None or workflow is not last else last.number
    if design is not None:
        status = "DRAFT" if workflow is last else "ARCHIVED"
        rows.put(WORKFLOW_VERSIONS_TABLE, _version(header, last.number, status, design))
    elif (version := last_version(last)) is not None:
        design = version.design
    header.description = None if design is None else design.description
    rows.put(WORKFLOWS_TABLE, header)


def status_of(workflow: InUse | Archived) -> str:
    """How the workflow stands, as rows say it."""
    match workflow:
        case Draft():
            return "DRAFT"
        case InService():
            return "ACTIVE"
        case OutOfService():
            return "RETIRED"
        case Archived():
            return "ARCHIVED"


def _header(rows: Rows, event: Happened, happened: Any) -> WorkflowRow:
    header: WorkflowRow | None = rows.get(WORKFLOWS_TABLE, event.stream.int)
    if header is not None:
        return header
    if not isinstance(happened, WorkflowCreated):
        raise RowMissing(WORKFLOWS_TABLE.name, event.stream)
    return WorkflowRow(
        workflow_id=event.stream,
        workspace_id=event.workspace,
        position=event.position,
        version=event.version,
        last_position=event.position,
        name=happened.name,
        description=None,
        status="DRAFT",
        created_by=event.actor,
        created_at=event.at,
        changed_at=event.at,
        names=(name_key(happened.name),),
        copied_from=happened.copied_from,
        copied_version=happened.copied_version,
        template_id=None if happened.template is None else happened.template.template_id,
        template_version=None if happened.template is None else happened.template.version,
    )


def _put_version(rows: Rows, event: Happened, activated: WorkflowActivated, workflow: Workflow) -> None:
    header: WorkflowRow | None = rows.get(WORKFLOWS_TABLE, event.stream.int)
    if header is None or not isinstance(workflow, InService):
        raise RowMissing(WORKFLOWS_TABLE.name, event.stream)
    design = workflow.active.design
    version = _version(header, activated.number, "ACTIVE", design)
    version.design, version.content_hash = design.form(), activated.content
    version.graph_hash, version.rules, version.note = activated.graph, activated.rules, activated.note
    version.activated_at, version.activated_by = event.at, event.actor
    rows.put(WORKFLOW_VERSIONS_TABLE, version)


def _version(header: WorkflowRow, number: int, status: str, design: Design) -> WorkflowVersionRow:
    named = [(each.name, task) for task, each in credentials_named(design)]
    uses = [(name_key(name), task.name) for task in design.tasks.values() if (name := executed(task)) is not None]
    return WorkflowVersionRow(
        workflow_id=header.workflow_id,
        number=number,
        workspace_id=header.workspace_id,
        status=status,
        uses=tuple(name for name, _ in uses),
        uses_tasks=tuple(task for _, task in uses),
        credentials=tuple(name for name, _ in named),
        credentials_tasks=tuple(task for _, task in named),
    )


def _find_version(rows: Rows, stream: UUID, number: int) -> WorkflowVersionRow:
    """A version that is to be changed."""
    version: WorkflowVersionRow | None = rows.get(WORKFLOW_VERSIONS_TABLE, (stream.int, number))
    if version is None:
        raise RowMissing(WORKFLOW_VERSIONS_TABLE.name, (stream, number))
    rows.put(WORKFLOW_VERSIONS_TABLE, version)
    return version


WORKFLOWS = ReadModel(
    name="workflows",
    version=3,
    tables=(WORKFLOWS_TABLE, WORKFLOW_VERSIONS_TABLE),
    keys=_keys,
    appliers={wire: _apply for wire in EVENTS if wire.startswith("workflow.")},
    prepare=_prepare,
    settle=_settle,
)
